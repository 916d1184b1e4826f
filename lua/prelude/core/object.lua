-- `Object`: the constructor's methods and Object.prototype.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local getmetatable, setmetatable, rawget, type, format = getmetatable, setmetatable, rawget, type, string.format
local null = null
local is_object, to_object, key = js.is_object, js.to_object, js.key
local prototype = intrinsics.ObjectPrototype

-- Descriptors ---------------------------------------------------------------------

local function from_descriptor(d)
    if d == nil then
        return nil
    elseif d.accessor then
        return js.object({ get = d.get, set = d.set, enumerable = d.enumerable, configurable = d.configurable }, "get set enumerable configurable")
    end
    return js.object({ value = d.value, writable = d.writable, enumerable = d.enumerable, configurable = d.configurable }, "value writable enumerable configurable")
end
js.from_descriptor = from_descriptor

-- ToPropertyDescriptor.
local function to_descriptor(o)
    if not is_object(o) then
        return js.type_error("Property description must be an object: " .. js.describe(o))
    end
    local d = {}
    for _, name in { "enumerable", "configurable" } do
        if js.has_property(o, name) then
            d[name] = js.truthy(o[name])
        end
    end
    if js.has_property(o, "value") then
        d.value, d.has_value = o.value, true
    end
    if js.has_property(o, "writable") then
        d.writable = js.truthy(o.writable)
    end
    for _, name in { "get", "set" } do
        if js.has_property(o, name) then
            local f = o[name]
            if f ~= nil and type(f) ~= "function" then
                return js.type_error((if name == "get" then "Getter" else "Setter") .. " must be a function: " .. js.describe(f))
            end
            d[name], d["has_" .. name] = f, true
        end
    end
    if (d.has_get or d.has_set) and (d.has_value or d.writable ~= nil) then
        return js.type_error("Invalid property descriptor. Cannot both specify accessors and a value or writable attribute")
    end
    return d
end
js.to_descriptor = to_descriptor

local function define_or_throw(o, k, d)
    if not js.define_own(o, k, d) then
        local known = js.has_own(o, k)
        return js.type_error(if known then "Cannot redefine property: " .. js.key_text(k) else "Cannot define property " .. js.key_text(k) .. ", object is not extensible")
    end
end
js.define_own_or_throw = define_or_throw

local function define_properties(o, properties)
    properties = to_object(properties)
    local keys, n = js.own_keys(properties)
    local list = {}
    for i = 1, n do
        local k = keys[i]
        local own = js.get_own(properties, k)
        if own and own.enumerable then
            table.insert(list, { k, to_descriptor(js.get(properties, k)) })
        end
    end
    for _, pair in list do
        define_or_throw(o, pair[1], pair[2])
    end
    return o
end

-- Integrity -------------------------------------------------------------------------

local function set_integrity(o, frozen)
    local t = core.storage(o)
    js.prevent_extensions(o)
    local keys, n = js.own_keys(t)
    for i = 1, n do
        local k = keys[i]
        local own = js.get_own(t, k)
        if own then
            local d = { configurable = false }
            if frozen and not own.accessor then
                d.writable = false
            end
            define_or_throw(o, k, d)
        end
    end
    return o
end
function js.freeze(o)
    return set_integrity(o, true)
end
function js.seal(o)
    return set_integrity(o, false)
end
local function test_integrity(o, frozen)
    if not is_object(o) then
        return true
    elseif js.is_extensible(o) then
        return false
    end
    local keys, n = js.own_keys(o)
    for i = 1, n do
        local own = js.get_own(o, keys[i])
        if own and (own.configurable or (frozen and own.writable)) then
            return false
        end
    end
    return true
end

-- Copies and lists ---------------------------------------------------------------------

-- CopyDataProperties and Object.assign share the order: own keys, each looked at when its turn comes.
local function each_enumerable(source, f)
    local t = core.storage(source)
    local s = core.shape_of(t)
    if s.plain and not s.array then
        local keys = s.keys
        for i = 1, s.n do
            f(keys[i], rawget(t, keys[i]))
        end
        return
    end
    local keys, n = js.own_keys(t)
    for i = 1, n do
        local k = keys[i]
        local own = js.get_own(t, k)
        if own and own.enumerable then
            f(k, js.get(source, k))
        end
    end
end
core.each_enumerable = each_enumerable

local array_shape = js.array_shape

local function enumerable_list(o, pick)
    local t = to_object(o)
    local shape = if type(t) == "table" then getmetatable(t) else nil
    if shape and shape.plain and not shape.array then
        local keys, list, n = shape.keys, {}, shape.n
        for i = 1, n do
            list[i - 1] = pick(keys[i], t)
        end
        list.length = n
        return setmetatable(list, array_shape)
    end
    local keys, n = js.enumerable_own(t)
    local list, count = {}, 0
    local exact = core.shape_of(core.storage(t)).plain
    for i = 1, n do
        local k = keys[i]
        local own = exact or js.get_own(t, k)
        if exact or (own and own.enumerable) then
            list[count] = pick(k, t)
            count += 1
        end
    end
    return js.array_from0(list, count)
end
local function key_text(k)
    return if type(k) == "number" then format("%d", k) else k
end

local function own_list(o, symbolic)
    local keys, n = js.own_keys(to_object(o))
    local list, count = {}, 0
    for i = 1, n do
        local k = keys[i]
        if (type(k) == "table") == symbolic then
            list[count] = key_text(k)
            count += 1
        end
    end
    return js.array_from0(list, count)
end

local Object
Object = js.define_constructor("Object", 1, function(new_target, value)
    if new_target ~= Object then
        return js.create_from_constructor(new_target, "ObjectPrototype")
    elseif value == nil or value == null then
        return js.object()
    end
    return to_object(value)
end, function(_, value)
    if value == nil or value == null then
        return js.object()
    end
    return to_object(value)
end, prototype)

js.define_methods(Object, {
    "assign", 2, function(_, target, ...)
        target = to_object(target)
        for i = 1, select("#", ...) do
            local source = (select(i, ...))
            if source ~= nil and source ~= null then
                each_enumerable(to_object(source), function(k, v)
                    js.set_strict(target, k, v)
                end)
            end
        end
        return target
    end,
    "create", 2, function(_, p, properties)
        if p ~= null and not is_object(p) then
            return js.type_error("Object prototype may only be an Object or null: " .. js.describe(p))
        end
        local o = js.new_object(p)
        if properties ~= nil then
            define_properties(o, properties)
        end
        return o
    end,
    "defineProperties", 2, function(_, o, properties)
        if not is_object(o) then
            return js.type_error("Object.defineProperties called on non-object")
        end
        return define_properties(o, properties)
    end,
    "defineProperty", 3, function(_, o, k, attributes)
        if not is_object(o) then
            return js.type_error("Object.defineProperty called on non-object")
        end
        k = key(k)
        define_or_throw(o, k, to_descriptor(attributes))
        return o
    end,
    "entries", 1, function(_, o)
        return enumerable_list(o, function(k, t)
            return js.array(key_text(k), (js.get(t, k)))
        end)
    end,
    "freeze", 1, function(_, o)
        return if is_object(o) then js.freeze(o) else o
    end,
    "fromEntries", 1, function(_, entries)
        js.require_object(entries)
        local o = js.object()
        js.each(entries, function(entry)
            if not is_object(entry) then
                return js.type_error("Iterator value " .. js.describe(entry) .. " is not an entry object")
            end
            local k, v = entry[0], entry[1]
            js.create_data_or_throw(o, key(k), v)
        end)
        return o
    end,
    "getOwnPropertyDescriptor", 2, function(_, o, k)
        o = to_object(o)
        return from_descriptor(js.get_own(o, key(k)))
    end,
    "getOwnPropertyDescriptors", 1, function(_, o)
        o = to_object(o)
        local result = js.object()
        local keys, n = js.own_keys(o)
        for i = 1, n do
            local d = js.get_own(o, keys[i])
            if d then
                js.create_data(result, keys[i], from_descriptor(d))
            end
        end
        return result
    end,
    "getOwnPropertyNames", 1, function(_, o)
        return own_list(o, false)
    end,
    "getOwnPropertySymbols", 1, function(_, o)
        return own_list(o, true)
    end,
    "getPrototypeOf", 1, function(_, o)
        return js.get_proto(to_object(o))
    end,
    "groupBy", 2, function(_, items, callback)
        js.require_object(items)
        if type(callback) ~= "function" then
            return js.type_error(js.describe(callback) .. " is not a function")
        end
        local groups, i = js.new_object(null), 0
        js.each(items, function(v)
            local k = key(callback(nil, v, i))
            i += 1
            if not js.has_own(groups, k) then
                js.create_data(groups, k, js.array())
            end
            js.append(groups[k], v)
        end)
        return groups
    end,
    "hasOwn", 2, function(_, o, k)
        o = to_object(o)
        return js.has_own(o, key(k))
    end,
    "is", 2, function(_, a, b)
        return js.same_value(a, b)
    end,
    "isExtensible", 1, function(_, o)
        return is_object(o) and js.is_extensible(o)
    end,
    "isFrozen", 1, function(_, o)
        return test_integrity(o, true)
    end,
    "isSealed", 1, function(_, o)
        return test_integrity(o, false)
    end,
    "keys", 1, function(_, o)
        local shape = if type(o) == "table" then getmetatable(o) else nil
        if shape and shape.plain and not shape.array then
            local list = table.move(shape.keys, 1, shape.n, 0, {})
            list.length = shape.n
            return setmetatable(list, array_shape)
        end
        local keys, n = js.enumerable_own(to_object(o))
        local list = {}
        for i = 1, n do
            list[i - 1] = key_text(keys[i])
        end
        return js.array_from0(list, n)
    end,
    "preventExtensions", 1, function(_, o)
        if is_object(o) then
            js.prevent_extensions(o)
        end
        return o
    end,
    "seal", 1, function(_, o)
        return if is_object(o) then js.seal(o) else o
    end,
    "setPrototypeOf", 2, function(_, o, p)
        js.require_object(o)
        if p ~= null and not is_object(p) then
            return js.type_error("Object prototype may only be an Object or null: " .. js.describe(p))
        end
        return if is_object(o) then js.set_proto(o, p) else o
    end,
    "values", 1, function(_, o)
        return enumerable_list(o, function(k, t)
            return js.get(t, k)
        end)
    end,
})

-- Object.prototype -------------------------------------------------------------------------

local TAGS = { array = "Array", arguments = "Arguments", error = "Error", date = "Date", regexp = "RegExp", ["function"] = "Function" }
local BOXES = { boolean = "Boolean", number = "Number", string = "String" }

local function to_string(this)
    if this == nil then
        return "[object Undefined]"
    elseif this == null then
        return "[object Null]"
    end
    local o = to_object(this)
    local s = core.shape_of(core.storage(o))
    local tag = js.get(o, symbols.toStringTag)
    if type(tag) ~= "string" then
        tag = TAGS[s.kind] or (s.box and BOXES[s.box]) or "Object"
    end
    return "[object " .. tag .. "]"
end
js.object_to_string = to_string

js.define_methods(prototype, {
    "hasOwnProperty", 1, function(this, k)
        k = key(k)
        return js.has_own(to_object(this), k)
    end,
    "isPrototypeOf", 1, function(this, v)
        if not is_object(v) then
            return false
        end
        this = to_object(this)
        local p = js.get_proto(v)
        while p ~= null do
            if p == this then
                return true
            end
            p = js.get_proto(p)
        end
        return false
    end,
    "propertyIsEnumerable", 1, function(this, k)
        k = key(k)
        local d = js.get_own(to_object(this), k)
        return d ~= nil and d.enumerable
    end,
    "toLocaleString", 0, function(this)
        return js.invoke(this, "toString")
    end,
    "toString", 0, to_string,
    "valueOf", 0, function(this)
        return to_object(this)
    end,
})
local function legacy_define(side)
    return function(this, k, f)
        local o = to_object(this)
        if type(f) ~= "function" then
            return js.type_error("Object.prototype.__define" .. (if side == "get" then "Getter" else "Setter") .. "__: Expecting function")
        end
        define_or_throw(o, key(k), { [side] = f, enumerable = true, configurable = true })
    end
end
local function legacy_lookup(side)
    return function(this, k)
        local o = to_object(this)
        k = key(k)
        repeat
            local d = js.get_own(o, k)
            if d then
                return if d.accessor then d[side] else nil
            end
            o = js.get_proto(o)
        until o == null
        return nil
    end
end
js.define_methods(prototype, {
    "__defineGetter__", 2, legacy_define("get"),
    "__defineSetter__", 2, legacy_define("set"),
    "__lookupGetter__", 1, legacy_lookup("get"),
    "__lookupSetter__", 1, legacy_lookup("set"),
})
-- Not by define_accessor: plain reads need not see __proto__ (js.get does), so nothing that inherits has to change.
local function get_proto(this)
    return js.get_proto(to_object(this))
end
local function set_proto(this, p)
    js.require_object(this)
    if is_object(this) then
        js.set_proto(this, p)
    end
end
js.define_function("get __proto__", 0, get_proto)
js.define_function("set __proto__", 1, set_proto)
do
    local s = getmetatable(prototype)
    local n = s.n + 1
    s.n, s.keys[n], s.pos.__proto__ = n, "__proto__", n
    s.special.__proto__ = { accessor = true, get = get_proto, set = set_proto, enumerable = false, configurable = true }
    core.finish_object_prototype()
end
js.define_global("Object", Object)
js.Object = Object
