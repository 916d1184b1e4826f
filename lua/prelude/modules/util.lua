--! `util`: inspect, format, promisify, callbackify, inherits, isDeepStrictEqual, types, deprecate.
local js, native = ...

native.need("inspect")
local inspector = js.inspector
local type, select, rawget = type, select, rawget

local util = js.new_object()
local function add(target, name, length, f)
    js.define_value(target, name, js.define_function(name, length, f), "wec")
end

local Symbol = js.global("Symbol")
local PROMISIFY = js.invoke(Symbol, "for", "nodejs.util.promisify.custom")

add(util, "inspect", 2, function(_, value, options)
    return inspector.text(value, options)
end)
local inspect_function = js.get(util, "inspect")
js.define_value(inspect_function, "custom", js.invoke(Symbol, "for", "nodejs.util.inspect.custom"), "wec")
add(util, "format", 0, function(_, ...)
    return inspector.format(select("#", ...), { ... })
end)

add(util, "promisify", 1, function(_, original)
    if type(original) ~= "function" then
        local e = js.make_error("TypeError", 'The "original" argument must be of type function. Received ' .. js.describe(original))
        js.set(e, "code", "ERR_INVALID_ARG_TYPE")
        js.throw(e)
    end
    local custom = js.get(original, PROMISIFY)
    if type(custom) == "function" then
        return custom
    end
    return js.define_function(js.get(original, "name"), 0, function(this, ...)
        local promise, resolve, reject = js.new_promise()
        local n = select("#", ...)
        local list = { ... }
        list[n + 1] = function(_, e, value)
            if e ~= nil and e ~= null then
                reject(e)
            else
                resolve(value)
            end
        end
        original(this, table.unpack(list, 1, n + 1))
        return promise
    end)
end)
js.define_value(js.get(util, "promisify"), "custom", PROMISIFY, "wec")

add(util, "callbackify", 1, function(_, original)
    return js.define_function("callbackified", 0, function(this, ...)
        local n = select("#", ...)
        local list = { ... }
        local callback = list[n]
        js.invoke(original(this, table.unpack(list, 1, n - 1)), "then", function(_, value)
            callback(nil, null, value)
        end, function(_, e)
            callback(nil, e)
        end)
    end)
end)

add(util, "inherits", 2, function(_, child, parent)
    js.define_value(child, "super_", parent, "wc")
    js.set_proto(js.get(child, "prototype"), js.get(parent, "prototype"))
end)
add(util, "deprecate", 2, function(_, f)
    return f
end)
add(util, "stripVTControlCharacters", 1, function(_, text)
    return (string.gsub(js.str(text), "\27%[[%d;?]*[%a]", ""))
end)

-- Deep equality with SameValue, prototypes and own enumerable keys.
local equal

local function equal_members(a, b, seen)
    local keys, n = js.enumerable_own(a)
    local _, m = js.enumerable_own(b)
    if n ~= m then
        return false
    end
    for i = 1, n do
        if not js.has_own(b, keys[i]) or not equal(js.get(a, keys[i]), js.get(b, keys[i]), seen) then
            return false
        end
    end
    return true
end

local function list_entries(data)
    local list, cursor = {}, js.collection.cursor(data)
    while true do
        local more, key, value = js.collection.next(data, cursor)
        if not more then
            return list
        end
        table.insert(list, { key = key, value = value })
    end
end

local function equal_collections(a, b, seen)
    if a.size ~= b.size then
        return false
    end
    local rest = list_entries(b)
    for _, entry in list_entries(a) do
        local found
        for i, other in rest do
            if equal(entry.key, other.key, seen) and equal(entry.value, other.value, seen) then
                found = i
                break
            end
        end
        if not found then
            return false
        end
        table.remove(rest, found)
    end
    return true
end

function equal(a, b, seen)
    if js.same_value(a, b) then
        return true
    elseif type(a) ~= "table" or type(b) ~= "table" or not js.is_object(a) or not js.is_object(b) then
        return false
    elseif js.get_proto(a) ~= js.get_proto(b) or js.is_array(a) ~= js.is_array(b) then
        return false
    elseif seen[a] == b then
        return true
    end
    seen[a] = b
    local kind, x, y = js.data_of(a)
    local other_kind, x2, y2 = js.data_of(b)
    if kind ~= other_kind then
        return false
    elseif kind == "buffer" then
        return buffer.tostring(x) == buffer.tostring(x2)
    elseif kind ~= "object" and not (js.same_value(x, x2) and y == y2) then
        return false
    end
    for _, slot in { js.map_slot or false, js.set_slot or false } do
        if slot then
            local left, right = rawget(a, slot), rawget(b, slot)
            if (left == nil) ~= (right == nil) or (left and not equal_collections(left, right, seen)) then
                return false
            end
        end
    end
    if js.is_array(a) and js.length_of(a) ~= js.length_of(b) then
        return false
    end
    return equal_members(a, b, seen)
end
add(util, "isDeepStrictEqual", 2, function(_, a, b)
    return equal(a, b, {})
end)

local types = js.new_object()
local function kind_test(wanted)
    return function(_, x)
        return js.is_object(x) and type(x) == "table" and js.data_of(x) == wanted
    end
end
add(types, "isDate", 1, kind_test("date"))
add(types, "isRegExp", 1, kind_test("regexp"))
add(types, "isUint8Array", 1, kind_test("buffer"))
add(types, "isTypedArray", 1, kind_test("buffer"))
add(types, "isPromise", 1, function(_, x)
    return js.is_promise(x) == true
end)
add(types, "isNativeError", 1, function(_, x)
    local s = type(x) == "table" and getmetatable(x)
    return s ~= nil and s ~= false and s.kind == "error"
end)
add(types, "isMap", 1, function(_, x)
    return type(x) == "table" and js.map_slot ~= nil and rawget(x, js.map_slot) ~= nil
end)
add(types, "isSet", 1, function(_, x)
    return type(x) == "table" and js.set_slot ~= nil and rawget(x, js.set_slot) ~= nil
end)
add(types, "isAsyncFunction", 1, function(_, x)
    return type(x) == "function" and js.get(js.get_proto(x), js.symbols.toStringTag) == "AsyncFunction"
end)
js.define_value(util, "types", types, "wec")

-- The old tests.
for name, test in
    {
        isArray = js.is_array,
        isString = function(x)
            return type(x) == "string"
        end,
        isNumber = function(x)
            return type(x) == "number"
        end,
        isFunction = function(x)
            return type(x) == "function"
        end,
        isUndefined = function(x)
            return x == nil
        end,
        isNull = function(x)
            return x == null
        end,
        isObject = function(x)
            return js.is_object(x) and type(x) ~= "function"
        end,
    }
do
    add(util, name, 1, function(_, x)
        return test(x)
    end)
end
for _, name in { "TextEncoder", "TextDecoder" } do
    js.define_accessor(util, name, function()
        return js.global(name)
    end)
end

return util
