--! Buffer: Node's byte arrays over bytes_view.lua; encodings come from `native.bytes`. Must not know encodings.
local js, native = ...

native.need("bytes_view")
native.need("string_view")
local B, bytes_of = js.byte_views, native.bytes
local type, str, to_integer = type, js.str, js.to_integer

local Proto = js.new_object(js.intrinsics.Uint8ArrayPrototype)
js.intrinsics.BufferPrototype = Proto

local ENCODINGS = {}
for _, name in { "utf8", "utf-8", "hex", "base64", "base64url", "latin1", "binary", "ascii", "utf16le", "utf-16le", "ucs2", "ucs-2" } do
    ENCODINGS[name] = true
end

local function encoding_of(name)
    if name == nil or name == null or name == "" then
        return "utf8"
    end
    local lower = string.lower(str(name))
    if not ENCODINGS[lower] then
        local e = js.make_error("TypeError", "Unknown encoding: " .. str(name))
        js.set(e, "code", "ERR_UNKNOWN_ENCODING")
        js.throw(e)
    end
    return lower
end

local function encode(text, encoding)
    return bytes_of.encode(text, encoding_of(encoding))
end

local function of_bytes(bytes)
    return B.of_text(Proto, bytes)
end
B.buffer_of = of_bytes

function js.new_buffer(luau_buffer)
    return B.make(Proto, luau_buffer, 0, buffer.len(luau_buffer))
end

local function invalid_argument(what, value)
    local e = js.make_error("TypeError", "The " .. what .. ". Received " .. (if value == nil then "undefined" elseif value == null then "null" else "type " .. js.typeof(value) .. (if js.is_object(value) then "" else " (" .. js.describe(value) .. ")")))
    js.set(e, "code", "ERR_INVALID_ARG_TYPE")
    js.throw(e)
end

local function from(_, value, encoding, length)
    if type(value) == "string" then
        return of_bytes(encode(value, encoding))
    elseif B.is_view(value) then
        return of_bytes(B.text(value))
    elseif js.is_object(value) then
        local primitive = js.invoke(value, "valueOf")
        if primitive ~= value and primitive ~= nil and primitive ~= null then
            return from(nil, primitive, encoding, length)
        end
        local list = value
        local data = js.get(value, "data")
        if js.get(value, "type") == "Buffer" and js.is_array(data) then
            list = data
        end
        return B.of_array(Proto, list)
    end
    return invalid_argument("first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object", value)
end

local function size_of(value)
    if type(value) ~= "number" then
        invalid_argument('"size" argument must be of type number', value)
    end
    return js.to_index(value)
end

local function fill_with(view, value, encoding)
    local bytes, offset, n = B.parts(view)
    if type(value) == "string" then
        local pattern = encode(value, encoding)
        if #pattern > 0 then
            for i = 0, n - 1 do
                buffer.writeu8(bytes, offset + i, string.byte(pattern, i % #pattern + 1))
            end
        end
    else
        buffer.fill(bytes, offset, js.to_uint32(value) % 256, n)
    end
    return view
end

local function alloc(_, size, fill, encoding)
    local n = size_of(size)
    local view = B.make(Proto, buffer.create(n), 0, n)
    return if fill == nil then view else fill_with(view, fill, encoding)
end

local function text_of(value, encoding)
    if type(value) == "string" then
        return encode(value, encoding)
    elseif B.is_view(value) then
        return B.text(value)
    elseif type(value) == "number" then
        return string.char(js.to_uint32(value) % 256)
    end
    return invalid_argument('"value" argument must be one of type number, string or an instance of Buffer or Uint8Array', value)
end

local function order(a, b)
    return if a == b then 0 elseif a < b then -1 else 1
end

local Buffer
Buffer = js.define_constructor("Buffer", 2, function(_, value, encoding)
    return if type(value) == "number" then alloc(nil, value) else from(nil, value, encoding)
end, function(_, value, encoding)
    return if type(value) == "number" then alloc(nil, value) else from(nil, value, encoding)
end, Proto)
js.set_proto(Buffer, js.get(js.intrinsics.Uint8ArrayPrototype, "constructor"))

js.define_methods(Buffer, {
    "from", 3, from,
    "alloc", 3, alloc,
    "allocUnsafe", 1, alloc,
    "allocUnsafeSlow", 1, alloc,
    "concat", 2, function(_, list, total)
        local parts = {}
        for i = 0, js.length_of(list) - 1 do
            parts[i + 1] = B.text(js.get(list, i))
        end
        local bytes = table.concat(parts)
        if total ~= nil then
            local n = to_integer(total)
            bytes = if #bytes >= n then string.sub(bytes, 1, n) else bytes .. string.rep("\0", n - #bytes)
        end
        return of_bytes(bytes)
    end,
    "isBuffer", 1, function(_, x)
        return B.is_view(x) and js.instanceof(x, Buffer)
    end,
    "isEncoding", 1, function(_, name)
        return type(name) == "string" and ENCODINGS[string.lower(name)] == true
    end,
    "byteLength", 2, function(_, value, encoding)
        return if B.is_view(value) then #B.text(value) else #encode(str(value), encoding)
    end,
    "compare", 2, function(_, a, b)
        return order(B.text(a), B.text(b))
    end,
})

local function index_of(this, value, from_index, encoding)
    local _, _, n = B.this_view(this, "indexOf")
    if type(from_index) == "string" then
        from_index, encoding = 0, from_index
    end
    local start = to_integer(from_index)
    if start < 0 then
        start = math.max(n + start, 0)
    end
    local wanted = text_of(value, encoding)
    local at = string.find(B.text(this), wanted, start + 1, true)
    return if at then at - 1 else -1
end

js.define_methods(Proto, {
    "toString", 3, function(this, encoding, first, last)
        local _, _, n = B.this_view(this, "toString")
        local from_byte = math.clamp(to_integer(first), 0, n)
        local to_byte = if last == nil then n else math.clamp(to_integer(last), 0, n)
        return bytes_of.decode(B.text(this, from_byte, to_byte), encoding_of(encoding))
    end,
    "toLocaleString", 3, function(this, encoding)
        return bytes_of.decode(B.text(this), encoding_of(encoding))
    end,
    "toJSON", 0, function(this)
        local bytes, offset, n = B.this_view(this, "toJSON")
        local data = {}
        for i = 0, n - 1 do
            data[i] = buffer.readu8(bytes, offset + i)
        end
        return js.object({ type = "Buffer", data = js.array_from0(data, n) }, "type data")
    end,
    "equals", 1, function(this, other)
        return B.text(this) == B.text(other)
    end,
    "compare", 1, function(this, other)
        return order(B.text(this), B.text(other))
    end,
    "slice", 2, js.get(js.intrinsics.Uint8ArrayPrototype, "subarray"),
    "copy", 4, function(this, target, target_start, first, last)
        local _, _, n = B.this_view(this, "copy")
        local to_bytes, to_offset, to_length = B.parts(target)
        local at = to_integer(target_start)
        local from_byte = math.clamp(to_integer(first), 0, n)
        local to_byte = if last == nil then n else math.clamp(to_integer(last), 0, n)
        local text = string.sub(B.text(this, from_byte, to_byte), 1, math.max(to_length - at, 0))
        buffer.writestring(to_bytes, to_offset + at, text)
        return #text
    end,
    "write", 4, function(this, text, at, length, encoding)
        local bytes, offset, n = B.this_view(this, "write")
        if type(at) == "string" then
            at, encoding = 0, at
        elseif type(length) == "string" then
            length, encoding = nil, length
        end
        local start = to_integer(at)
        local data = encode(str(text), encoding)
        local most = math.max(math.min(if length == nil then n else to_integer(length), n - start), 0)
        data = string.sub(data, 1, most)
        buffer.writestring(bytes, offset + start, data)
        return #data
    end,
    "fill", 4, function(this, value, first, last, encoding)
        if type(first) == "string" then
            first, encoding = nil, first
        end
        local view = js.invoke(this, "subarray", first, last)
        fill_with(view, value, encoding)
        return this
    end,
    "indexOf", 3, index_of,
    "includes", 3, function(this, value, at, encoding)
        return index_of(this, value, at, encoding) >= 0
    end,
})

-- readX and writeX: name, size, Luau's reader and writer (little endian).
local NUMBERS = {
    { "UInt8", 1, buffer.readu8, buffer.writeu8 },
    { "Int8", 1, buffer.readi8, buffer.writei8 },
    { "UInt16", 2, buffer.readu16, buffer.writeu16 },
    { "Int16", 2, buffer.readi16, buffer.writei16 },
    { "UInt32", 4, buffer.readu32, buffer.writeu32 },
    { "Int32", 4, buffer.readi32, buffer.writei32 },
    { "Float", 4, buffer.readf32, buffer.writef32 },
    { "Double", 8, buffer.readf64, buffer.writef64 },
}
local function reversed(view_bytes, at, size)
    local copy = buffer.create(size)
    for i = 0, size - 1 do
        buffer.writeu8(copy, i, buffer.readu8(view_bytes, at + size - 1 - i))
    end
    return copy
end
local function position(this, at, size)
    local bytes, offset, n = B.this_view(this, "read")
    local index = to_integer(at)
    if index < 0 or index + size > n then
        local e = js.make_error("RangeError", 'The value of "offset" is out of range. It must be >= 0 and <= ' .. (n - size) .. ". Received " .. index)
        js.set(e, "code", "ERR_OUT_OF_RANGE")
        js.throw(e)
    end
    return bytes, offset + index
end
for _, entry in NUMBERS do
    local name, size, read, write = entry[1], entry[2], entry[3], entry[4]
    local function define(ending, swap)
        js.define_methods(Proto, {
            "read" .. name .. ending, 0, function(this, at)
                local bytes, index = position(this, at, size)
                if swap then
                    return read(reversed(bytes, index, size), 0)
                end
                return read(bytes, index)
            end,
            "write" .. name .. ending, 1, function(this, value, at)
                local bytes, index = position(this, at, size)
                write(bytes, index, js.num(value))
                if swap then
                    buffer.copy(bytes, index, reversed(bytes, index, size))
                end
                return to_integer(at) + size
            end,
        })
    end
    if size == 1 then
        define("", false)
    else
        define("LE", false)
        define("BE", true)
    end
end

do
    local custom = js.invoke(js.global("Symbol"), "for", "nodejs.util.inspect.custom")
    js.define_value(Proto, custom, js.define_function("inspect", 0, function(this)
        local parts, _, n = {}, nil, js.get(this, "length")
        for i = 0, math.min(n, 50) - 1 do
            parts[i + 1] = string.format("%02x", js.get(this, i))
        end
        local rest = if n > 50 then string.format(" ... %d more byte%s", n - 50, if n == 51 then "" else "s") else ""
        return "<Buffer" .. (if n > 0 then " " else "") .. table.concat(parts, " ") .. rest .. ">"
    end), "wc")
end

js.define_global("Buffer", Buffer)
