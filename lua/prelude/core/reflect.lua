-- `Reflect`.
local js, native = ...

local core = js.core
local null = null

local function target_of(o, name)
    if not js.is_object(o) then
        return js.type_error("Reflect." .. name .. " called on non-object")
    end
    return o
end

local Reflect = js.object()
js.define_methods(Reflect, {
    "apply", 3, function(_, f, this, list)
        if type(f) ~= "function" then
            return js.type_error(js.describe(f) .. " is not a function")
        end
        return f(this, core.spread(list))
    end,
    "construct", 2, function(_, F, ...)
        local list, new_target = ...
        if select("#", ...) < 2 then
            new_target = F
        end
        for _, C in { F, new_target or 0 } do
            if not js.is_constructor(C) then
                return js.type_error(js.describe(C) .. " is not a constructor")
            end
        end
        if not js.is_constructor(F) then
            return js.type_error(js.describe(F) .. " is not a constructor")
        end
        return js.construct(F, new_target, core.spread(list))
    end,
    "defineProperty", 3, function(_, o, k, attributes)
        target_of(o, "defineProperty")
        k = js.key(k)
        return js.define_own(o, k, js.to_descriptor(attributes))
    end,
    "deleteProperty", 2, function(_, o, k)
        target_of(o, "deleteProperty")
        return js.delete(o, js.key(k))
    end,
    "get", 2, function(_, o, k, ...)
        target_of(o, "get")
        k = js.key(k)
        local receiver = o
        if select("#", ...) > 0 then
            receiver = (...)
        end
        return js.get_with_receiver(o, k, receiver)
    end,
    "getOwnPropertyDescriptor", 2, function(_, o, k)
        target_of(o, "getOwnPropertyDescriptor")
        return js.from_descriptor(js.get_own(o, js.key(k)))
    end,
    "getPrototypeOf", 1, function(_, o)
        return js.get_proto(target_of(o, "getPrototypeOf"))
    end,
    "has", 2, function(_, o, k)
        target_of(o, "has")
        return js.has_property(o, js.key(k))
    end,
    "isExtensible", 1, function(_, o)
        return js.is_extensible(target_of(o, "isExtensible"))
    end,
    "ownKeys", 1, function(_, o)
        local keys, n = js.own_keys(target_of(o, "ownKeys"))
        local list = {}
        for i = 1, n do
            list[i - 1] = js.key_value(keys[i])
        end
        return js.array_from0(list, n)
    end,
    "preventExtensions", 1, function(_, o)
        return js.prevent_extensions(target_of(o, "preventExtensions"))
    end,
    "set", 3, function(_, o, k, v, ...)
        target_of(o, "set")
        k = js.key(k)
        local receiver = o
        if select("#", ...) > 0 then
            receiver = (...)
        end
        return js.set_with_receiver(o, k, v, receiver)
    end,
    "setPrototypeOf", 2, function(_, o, p)
        target_of(o, "setPrototypeOf")
        if p ~= null and not js.is_object(p) then
            return js.type_error("Object prototype may only be an Object or null: " .. js.describe(p))
        end
        return core.set_proto_of(o, p)
    end,
})
js.define_value(Reflect, js.symbols.toStringTag, "Reflect", "c")
js.define_global("Reflect", Reflect)
