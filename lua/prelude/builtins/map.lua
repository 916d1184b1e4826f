--! Map, its iterator, and Map.groupBy. The order is kept by collection.lua. Must not know how.
local js, native = ...

native.need("collection")
local collection, symbols = js.collection, js.symbols
local Proto = js.intrinsics.MapPrototype
local type, rawget, rawset = type, rawget, rawset
local DATA = js.slot("MapData")
js.map_slot = DATA

local function data_of(this, method)
    local data = type(this) == "table" and rawget(this, DATA)
    if not data then
        js.type_error("Method Map.prototype." .. method .. " called on incompatible receiver " .. js.describe(this))
    end
    return data
end

local Map = js.define_constructor("Map", 0, function(new_target, iterable)
    local map = js.create_from_constructor(new_target, "MapPrototype")
    rawset(map, DATA, collection.new())
    if iterable == nil or iterable == null then
        return map
    end
    local adder = js.get(map, "set")
    if type(adder) ~= "function" then
        js.type_error("'" .. js.describe(adder) .. "' returned for property 'set' of object '#<Map>' is not a function")
    end
    js.each(iterable, function(entry)
        if not js.is_object(entry) then
            js.type_error("Iterator value " .. js.describe(entry) .. " is not an entry object")
        end
        local key = js.get(entry, 0)
        adder(map, key, js.get(entry, 1))
    end)
    return map
end, nil, Proto)
js.define_accessor(Map, symbols.species, function(this)
    return this
end)

local iterator_proto = js.define_iterator_prototype("Map Iterator")

local function iterate(method, kind)
    return function(this)
        return js.make_iterator(iterator_proto, collection.stepper(data_of(this, method), kind))
    end
end

js.define_methods(Proto, {
    "get", 1, function(this, key)
        return collection.get(data_of(this, "get"), key)
    end,
    "set", 2, function(this, key, value)
        collection.set(data_of(this, "set"), key, value)
        return this
    end,
    "has", 1, function(this, key)
        return collection.has(data_of(this, "has"), key)
    end,
    "delete", 1, function(this, key)
        return collection.delete(data_of(this, "delete"), key)
    end,
    "clear", 0, function(this)
        collection.clear(data_of(this, "clear"))
    end,
    "entries", 0, iterate("entries", "entry"),
    "forEach", 1, function(this, f, this_arg)
        local data = data_of(this, "forEach")
        if type(f) ~= "function" then
            js.type_error(js.describe(f) .. " is not a function")
        end
        local cursor = collection.cursor(data)
        while true do
            local more, key, value = collection.next(data, cursor)
            if not more then
                break
            end
            f(this_arg, value, key, this)
        end
    end,
    "keys", 0, iterate("keys", "key"),
    "values", 0, iterate("values", "value"),
})
js.define_accessor(Proto, "size", function(this)
    return data_of(this, "size").size
end)
js.define_value(Proto, symbols.iterator, js.get(Proto, "entries"), "wc")
js.define_value(Proto, symbols.toStringTag, "Map", "c")

js.define_methods(Map, {
    "groupBy", 2, function(_, items, f)
        js.require_object(items)
        if type(f) ~= "function" then
            js.type_error(js.describe(f) .. " is not a function")
        end
        local groups, k = collection.new(), 0
        js.each(items, function(value)
            local key = f(nil, value, k)
            local group = collection.get(groups, key)
            if group == nil then
                group = js.array()
                collection.set(groups, key, group)
            end
            js.append(group, value)
            k += 1
        end)
        local map = js.new(Map)
        rawset(map, DATA, groups)
        return map
    end,
})

js.define_global("Map", Map)
