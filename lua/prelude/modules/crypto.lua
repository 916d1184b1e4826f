--! `crypto`: randomUUID, randomBytes, randomInt, createHash (md5, sha1, sha256, sha512).
--! Randomness is `native.random`: good for names, not for secrets.
local js, native = ...

native.need("buffer")
local views = js.byte_views
local rawget, rawset = rawget, rawset
local crypto = js.new_object()

local function add(name, length, f)
    js.define_value(crypto, name, js.define_function(name, length, f), "wec")
end

local function random_bytes(n)
    local parts = table.create(n)
    for i = 1, n do
        parts[i] = string.char(math.floor(native.random() * 256))
    end
    return table.concat(parts)
end

add("randomUUID", 0, function()
    return native.bytes.uuid(random_bytes(16))
end)
add("randomBytes", 1, function(_, n)
    return views.buffer_of(random_bytes(js.to_index(n)))
end)
add("randomInt", 2, function(_, low, high)
    if high == nil then
        low, high = 0, low
    end
    return low + math.floor(native.random() * (high - low))
end)

local DATA, NAME = js.slot("HashData"), js.slot("HashName")
local Hash = js.new_object()

local function bytes_of(data, encoding)
    if views.is_view(data) then
        return views.text(data)
    end
    return native.bytes.encode(js.str(data), if encoding == nil then "utf8" else string.lower(js.str(encoding)))
end

js.define_methods(Hash, {
    "update", 2, function(this, data, encoding)
        rawset(this, DATA, rawget(this, DATA) .. bytes_of(data, encoding))
        return this
    end,
    "digest", 1, function(this, encoding)
        local digest = native.bytes.digest(rawget(this, NAME), rawget(this, DATA))
        if encoding == nil or encoding == "buffer" then
            return views.buffer_of(digest)
        end
        return native.bytes.decode(digest, string.lower(js.str(encoding)))
    end,
})

add("createHash", 1, function(_, name)
    local algorithm = string.gsub(string.lower(js.str(name)), "-", "")
    if native.bytes.digest(algorithm, "") == nil then
        js.throw(js.make_error("Error", "Digest method not supported: " .. js.str(name)))
    end
    local hash = js.new_object(Hash)
    rawset(hash, NAME, algorithm)
    rawset(hash, DATA, "")
    return hash
end)
add("getHashes", 0, function()
    return js.array("md5", "sha1", "sha256", "sha512")
end)

return crypto
