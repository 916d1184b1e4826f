--! `crypto`: randomUUID, randomBytes, randomInt, createHash (md5, sha1, sha256, sha512).
--! Randomness is the system's own: good for secrets.
local js, native = ...

native.need("buffer")
local views = js.byte_views
local rawget, rawset = rawget, rawset
local crypto = js.new_object()

local function add(name, length, f)
    js.define_value(crypto, name, js.define_function(name, length, f), "wec")
end

local random_bytes = native.bytes.random

-- An integer from 0 to below `range`, each as likely as the others: values of an unfinished last round are thrown away.
local function random_below(range)
    local most = 281474976710656 -- 2^48
    local fair = most - most % range
    repeat
        local n = 0
        for _, byte in { string.byte(random_bytes(6), 1, 6) } do
            n = n * 256 + byte
        end
        if n < fair then
            return n % range
        end
    until false
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
    low, high = js.to_integer(low), js.to_integer(high)
    if not (high > low and high - low < 281474976710656) then
        js.range_error("crypto.randomInt needs a maximum above the minimum, less than 2^48 apart")
    end
    return low + random_below(high - low)
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
