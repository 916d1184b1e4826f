--! WeakMap, WeakSet, WeakRef, FinalizationRegistry over Luau's weak tables.
--! A callback of FinalizationRegistry is never called: scripts may not rely on it, and collecting must not run script code.
local js, native = ...

local intrinsics, symbols = js.intrinsics, js.symbols
local type, rawget, rawset, setmetatable = type, rawget, rawset, setmetatable

local WEAK_KEYS, WEAK_VALUES = { __mode = "k" }, { __mode = "v" }
local MAP, SET, REF, REGISTRY = js.slot("WeakMapData"), js.slot("WeakSetData"), js.slot("WeakRefTarget"), js.slot("Cells")
local UNDEFINED = {}

local function can_be_held(x)
    return js.is_object(x) or (js.is_symbol(x) and js.invoke(js.global("Symbol"), "keyFor", x) == nil)
end

local function data_of(this, slot, method)
    local data = type(this) == "table" and rawget(this, slot)
    if not data then
        js.type_error("Method " .. method .. " called on incompatible receiver " .. js.describe(this))
    end
    return data
end

local function fill(object, iterable, adder_name, with_entries)
    if iterable == nil or iterable == null then
        return object
    end
    local adder = js.get(object, adder_name)
    if type(adder) ~= "function" then
        js.type_error("'" .. js.describe(adder) .. "' returned for property '" .. adder_name .. "' of object is not a function")
    end
    js.each(iterable, function(item)
        if not with_entries then
            adder(object, item)
            return
        end
        if not js.is_object(item) then
            js.type_error("Iterator value " .. js.describe(item) .. " is not an entry object")
        end
        local key = js.get(item, 0)
        adder(object, key, js.get(item, 1))
    end)
    return object
end

local WeakMap = js.define_constructor("WeakMap", 0, function(new_target, iterable)
    local map = js.create_from_constructor(new_target, "WeakMapPrototype")
    rawset(map, MAP, setmetatable({}, WEAK_KEYS))
    return fill(map, iterable, "set", true)
end, nil, intrinsics.WeakMapPrototype)
js.define_methods(intrinsics.WeakMapPrototype, {
    "delete", 1, function(this, key)
        local data = data_of(this, MAP, "WeakMap.prototype.delete")
        if key == nil or data[key] == nil then
            return false
        end
        data[key] = nil
        return true
    end,
    "get", 1, function(this, key)
        local data = data_of(this, MAP, "WeakMap.prototype.get")
        local v = if key == nil then nil else data[key]
        return if v == UNDEFINED then nil else v
    end,
    "has", 1, function(this, key)
        local data = data_of(this, MAP, "WeakMap.prototype.has")
        return key ~= nil and data[key] ~= nil
    end,
    "set", 2, function(this, key, value)
        local data = data_of(this, MAP, "WeakMap.prototype.set")
        if not can_be_held(key) then
            js.type_error("Invalid value used as weak map key")
        end
        data[key] = if value == nil then UNDEFINED else value
        return this
    end,
})
js.define_value(intrinsics.WeakMapPrototype, symbols.toStringTag, "WeakMap", "c")
js.define_global("WeakMap", WeakMap)

local WeakSet = js.define_constructor("WeakSet", 0, function(new_target, iterable)
    local set = js.create_from_constructor(new_target, "WeakSetPrototype")
    rawset(set, SET, setmetatable({}, WEAK_KEYS))
    return fill(set, iterable, "add", false)
end, nil, intrinsics.WeakSetPrototype)
js.define_methods(intrinsics.WeakSetPrototype, {
    "add", 1, function(this, value)
        local data = data_of(this, SET, "WeakSet.prototype.add")
        if not can_be_held(value) then
            js.type_error("Invalid value used in weak set")
        end
        data[value] = true
        return this
    end,
    "delete", 1, function(this, value)
        local data = data_of(this, SET, "WeakSet.prototype.delete")
        if value == nil or data[value] == nil then
            return false
        end
        data[value] = nil
        return true
    end,
    "has", 1, function(this, value)
        local data = data_of(this, SET, "WeakSet.prototype.has")
        return value ~= nil and data[value] ~= nil
    end,
})
js.define_value(intrinsics.WeakSetPrototype, symbols.toStringTag, "WeakSet", "c")
js.define_global("WeakSet", WeakSet)

local WeakRef = js.define_constructor("WeakRef", 1, function(new_target, target)
    if not can_be_held(target) then
        js.type_error("WeakRef: target must be an object")
    end
    local ref = js.create_from_constructor(new_target, "WeakRefPrototype")
    rawset(ref, REF, setmetatable({ target }, WEAK_VALUES))
    return ref
end, nil, intrinsics.WeakRefPrototype)
js.define_methods(intrinsics.WeakRefPrototype, {
    "deref", 0, function(this)
        return data_of(this, REF, "WeakRef.prototype.deref")[1]
    end,
})
js.define_value(intrinsics.WeakRefPrototype, symbols.toStringTag, "WeakRef", "c")
js.define_global("WeakRef", WeakRef)

local registry_proto = js.new_object()
intrinsics.FinalizationRegistryPrototype = registry_proto
local FinalizationRegistry = js.define_constructor("FinalizationRegistry", 1, function(new_target, callback)
    if type(callback) ~= "function" then
        js.type_error("FinalizationRegistry: cleanup must be callable")
    end
    local registry = js.create_from_constructor(new_target, "FinalizationRegistryPrototype")
    rawset(registry, REGISTRY, setmetatable({}, WEAK_KEYS))
    return registry
end, nil, registry_proto)
js.define_methods(registry_proto, {
    "register", 2, function(this, target, held, token)
        local cells = data_of(this, REGISTRY, "FinalizationRegistry.prototype.register")
        if not can_be_held(target) then
            js.type_error("FinalizationRegistry.prototype.register: invalid target")
        elseif js.same_value(target, held) then
            js.type_error("FinalizationRegistry.prototype.register: target and holdings must not be same")
        elseif token ~= nil and not can_be_held(token) then
            js.type_error("Invalid unregister token ('" .. js.describe(token) .. "')")
        end
        if token ~= nil then
            cells[token] = true
        end
    end,
    "unregister", 1, function(this, token)
        local cells = data_of(this, REGISTRY, "FinalizationRegistry.prototype.unregister")
        if not can_be_held(token) then
            js.type_error("Invalid unregister token ('" .. js.describe(token) .. "')")
        end
        local known = cells[token] ~= nil
        cells[token] = nil
        return known
    end,
})
js.define_value(registry_proto, symbols.toStringTag, "FinalizationRegistry", "c")
js.define_global("FinalizationRegistry", FinalizationRegistry)
