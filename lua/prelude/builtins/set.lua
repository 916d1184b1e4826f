--! Set and its iterator. The order is kept by collection.lua. Must not know how.
local js, native = ...

native.need("collection")
local collection, symbols = js.collection, js.symbols
local Proto = js.intrinsics.SetPrototype
local type, rawget, rawset = type, rawget, rawset
local DATA = js.slot("SetData")
js.set_slot = DATA

local function data_of(this, method)
    local data = type(this) == "table" and rawget(this, DATA)
    if not data then
        js.type_error("Method Set.prototype." .. method .. " called on incompatible receiver " .. js.describe(this))
    end
    return data
end

local Set = js.define_constructor("Set", 0, function(new_target, iterable)
    local set = js.create_from_constructor(new_target, "SetPrototype")
    rawset(set, DATA, collection.new())
    if iterable == nil or iterable == null then
        return set
    end
    local adder = js.get(set, "add")
    if type(adder) ~= "function" then
        js.type_error("'" .. js.describe(adder) .. "' returned for property 'add' of object '#<Set>' is not a function")
    end
    js.each(iterable, function(value)
        adder(set, value)
    end)
    return set
end, nil, Proto)
js.define_accessor(Set, symbols.species, function(this)
    return this
end)

local iterator_proto = js.define_iterator_prototype("Set Iterator")

js.define_methods(Proto, {
    "has", 1, function(this, value)
        return collection.has(data_of(this, "has"), value)
    end,
    "add", 1, function(this, value)
        local data = data_of(this, "add")
        collection.set(data, value, if value == 0 then 0 else value)
        return this
    end,
    "delete", 1, function(this, value)
        return collection.delete(data_of(this, "delete"), value)
    end,
    "clear", 0, function(this)
        collection.clear(data_of(this, "clear"))
    end,
    "entries", 0, function(this)
        return js.make_iterator(iterator_proto, collection.stepper(data_of(this, "entries"), "entry"))
    end,
    "forEach", 1, function(this, f, this_arg)
        local data = data_of(this, "forEach")
        if type(f) ~= "function" then
            js.type_error(js.describe(f) .. " is not a function")
        end
        local cursor = collection.cursor(data)
        while true do
            local more, value = collection.next(data, cursor)
            if not more then
                break
            end
            f(this_arg, value, value, this)
        end
    end,
    "values", 0, function(this)
        return js.make_iterator(iterator_proto, collection.stepper(data_of(this, "values"), "key"))
    end,
})
js.define_accessor(Proto, "size", function(this)
    return data_of(this, "size").size
end)
js.define_value(Proto, "keys", js.get(Proto, "values"), "wc")
js.define_value(Proto, symbols.iterator, js.get(Proto, "values"), "wc")
js.define_value(Proto, symbols.toStringTag, "Set", "c")

js.define_global("Set", Set)
