--! Uint8Array, the base of Buffer: a view (offset, length) of a Luau buffer, with elements as own properties.
--! Only what Buffer's users touch of typed arrays. Must not know Buffer.
local js, native = ...

native.need("array")
local core, symbols = js.core, js.symbols
local type, rawget, rawset, getmetatable, setmetatable = type, rawget, rawset, getmetatable, setmetatable
local readu8, writeu8 = buffer.readu8, buffer.writeu8

local BYTES, OFFSET, LENGTH = js.slot("ViewedBytes"), js.slot("ByteOffset"), js.slot("ByteLength")

local B = {}
js.byte_views = B

local elements = {}
function elements.get_own(o, k)
    local bytes = rawget(o, BYTES)
    if bytes and type(k) == "number" and k >= 0 and k < rawget(o, LENGTH) and k % 1 == 0 then
        return { value = readu8(bytes, rawget(o, OFFSET) + k), writable = true, enumerable = true, configurable = true }
    end
    return nil
end
function elements.keys(o)
    local list = {}
    for i = 0, (rawget(o, LENGTH) or 0) - 1 do
        list[i + 1] = i
    end
    return list, nil
end
function elements.set(o, k, v)
    if type(k) == "number" then
        local byte = js.to_uint32(v) % 256
        if k >= 0 and k < rawget(o, LENGTH) and k % 1 == 0 then
            writeu8(rawget(o, BYTES), rawget(o, OFFSET) + k, byte)
        end
        return true
    end
    local s = getmetatable(o)
    if s.fixed then
        return false, "fixed"
    end
    core.add_key(o, s, k, v, core.ALL)
    return true
end

local function is_view(x)
    return type(x) == "table" and rawget(x, BYTES) ~= nil
end
B.is_view = is_view

local Proto = js.new_object()
js.intrinsics.Uint8ArrayPrototype = Proto

local function shape_for(proto)
    return core.root_variant(proto, "byte_view", function(shape)
        shape.kind, shape.exotic = "buffer", elements
    end)
end

-- A view of `length` bytes of a Luau buffer from `offset`.
function B.make(proto, bytes, offset, length)
    return setmetatable({ [BYTES] = bytes, [OFFSET] = offset, [LENGTH] = length }, shape_for(proto))
end

function B.parts(view)
    return rawget(view, BYTES), rawget(view, OFFSET), rawget(view, LENGTH)
end

-- The bytes as a Lua string.
function B.text(view, from, to)
    local first = from or 0
    local last = to or rawget(view, LENGTH)
    if first >= last then
        return ""
    end
    return buffer.readstring(rawget(view, BYTES), rawget(view, OFFSET) + first, last - first)
end

function B.of_text(proto, bytes)
    return B.make(proto, buffer.fromstring(bytes), 0, #bytes)
end

-- Numbers of an array-like as bytes.
function B.of_array(proto, list)
    local n = js.length_of(list)
    local bytes = buffer.create(n)
    for i = 0, n - 1 do
        writeu8(bytes, i, js.to_uint32(js.get(list, i)) % 256)
    end
    return B.make(proto, bytes, 0, n)
end

local function this_view(this, method)
    if not is_view(this) then
        js.type_error("Method Uint8Array.prototype." .. method .. " called on incompatible receiver " .. js.describe(this))
    end
    return B.parts(this)
end
B.this_view = this_view

local Uint8Array
Uint8Array = js.define_constructor("Uint8Array", 3, function(new_target, source, offset, length)
    local proto = if new_target == Uint8Array then Proto else js.get_proto(js.create_from_constructor(new_target, "Uint8ArrayPrototype"))
    if is_view(source) then
        return B.of_text(proto, B.text(source))
    elseif js.is_object(source) then
        local iterator = js.get_method(source, symbols.iterator)
        if iterator ~= nil and not js.is_array(source) then
            local list = js.array()
            js.each(source, function(v)
                js.append(list, v)
            end)
            source = list
        end
        return B.of_array(proto, source)
    end
    local n = js.to_index(source)
    return B.make(proto, buffer.create(n), 0, n)
end, nil, Proto)
js.define_value(Uint8Array, "BYTES_PER_ELEMENT", 1, "")
js.define_value(Proto, "BYTES_PER_ELEMENT", 1, "")
js.define_methods(Uint8Array, {
    "from", 1, function(_, source, map, this_arg)
        local list = js.invoke(js.global("Array"), "from", source, map, this_arg)
        return B.of_array(Proto, list)
    end,
    "of", 0, function(_, ...)
        return B.of_array(Proto, js.array(...))
    end,
})

js.define_accessor(Proto, "length", function(this)
    local _, _, n = this_view(this, "length")
    return n
end)
js.define_accessor(Proto, "byteLength", function(this)
    local _, _, n = this_view(this, "byteLength")
    return n
end)
js.define_accessor(Proto, "byteOffset", function(this)
    local _, offset = this_view(this, "byteOffset")
    return offset
end)

-- Generic array methods serve as they are.
local array_proto = js.intrinsics.ArrayPrototype
for _, name in { "at", "every", "find", "findIndex", "findLast", "findLastIndex", "forEach", "includes", "indexOf", "join", "keys", "values", "entries", "lastIndexOf", "reduce", "reduceRight", "reverse", "some", "toLocaleString" } do
    js.define_value(Proto, name, js.get(array_proto, name), "wc")
end
js.define_value(Proto, "toString", js.get(array_proto, "toString"), "wc")
js.define_value(Proto, symbols.iterator, js.get(array_proto, "values"), "wc")
js.define_accessor(Proto, symbols.toStringTag, function(this)
    return if is_view(this) then "Uint8Array" else nil
end)

local function sub_view(this, first, last)
    local bytes, offset, n = this_view(this, "subarray")
    local from, to = js.relative_index(first, n, 0), js.relative_index(last, n, n)
    return B.make(js.get_proto(this), bytes, offset + from, math.max(to - from, 0))
end

js.define_methods(Proto, {
    "subarray", 2, sub_view,
    "slice", 2, function(this, first, last)
        return B.of_text(js.get_proto(this), B.text(sub_view(this, first, last)))
    end,
    "set", 1, function(this, source, at)
        local bytes, offset, n = this_view(this, "set")
        local from = js.to_integer(at)
        local count = js.length_of(source)
        if from < 0 or from + count > n then
            js.range_error("offset is out of bounds")
        end
        for i = 0, count - 1 do
            writeu8(bytes, offset + from + i, js.to_uint32(js.get(source, i)) % 256)
        end
    end,
    "fill", 1, function(this, value, first, last)
        local bytes, offset, n = this_view(this, "fill")
        local from, to = js.relative_index(first, n, 0), js.relative_index(last, n, n)
        local byte = js.to_uint32(value) % 256
        for i = from, to - 1 do
            writeu8(bytes, offset + i, byte)
        end
        return this
    end,
    "map", 1, function(this, f, this_arg)
        local _, _, n = this_view(this, "map")
        local out = buffer.create(n)
        for i = 0, n - 1 do
            writeu8(out, i, js.to_uint32(f(this_arg, js.get(this, i), i, this)) % 256)
        end
        return B.make(js.get_proto(this), out, 0, n)
    end,
    "filter", 1, function(this, f, this_arg)
        local _, _, n = this_view(this, "filter")
        local list = js.array()
        for i = 0, n - 1 do
            local v = js.get(this, i)
            if js.truthy(f(this_arg, v, i, this)) then
                js.append(list, v)
            end
        end
        return B.of_array(js.get_proto(this), list)
    end,
    "sort", 1, function(this, compare)
        local bytes, offset, n = this_view(this, "sort")
        local list = js.array()
        for i = 0, n - 1 do
            js.append(list, readu8(bytes, offset + i))
        end
        js.invoke(list, "sort", compare or function(_, a, b)
            return a - b
        end)
        for i = 0, n - 1 do
            writeu8(bytes, offset + i, js.get(list, i))
        end
        return this
    end,
})

js.data_readers = js.data_readers or {}
table.insert(js.data_readers, function(o)
    local bytes = rawget(o, BYTES)
    if bytes == nil then
        return nil
    end
    local n = rawget(o, LENGTH)
    if rawget(o, OFFSET) == 0 and n == buffer.len(bytes) then
        return "buffer", bytes
    end
    return "buffer", buffer.fromstring(B.text(o))
end)

js.define_global("Uint8Array", Uint8Array)
