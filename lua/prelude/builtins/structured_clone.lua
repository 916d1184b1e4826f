--! structuredClone: deep copies of data, with cycles; functions and symbols are refused.
local js, native = ...

local type, rawget, rawset, getmetatable = type, rawget, rawset, getmetatable

local function refuse(v)
    local e = if js.make_dom_exception then js.make_dom_exception(js.describe(v) .. " could not be cloned.", "DataCloneError") else js.make_error("Error", js.describe(v) .. " could not be cloned.")
    if not js.make_dom_exception then
        js.define_value(e, "name", "DataCloneError", "wc")
    end
    js.throw(e)
end

local clone

local function clone_members(source, copy, seen)
    local keys, n = js.enumerable_own(source)
    for i = 1, n do
        js.create_data(copy, keys[i], clone(js.get(source, keys[i]), seen))
    end
    return copy
end

local function clone_error(source, seen)
    local name = js.get(source, "name")
    local known = { Error = true, EvalError = true, RangeError = true, ReferenceError = true, SyntaxError = true, TypeError = true, URIError = true }
    local copy = js.make_error(if known[name] then name else "Error", js.str(js.get(source, "message")))
    seen[source] = copy
    js.define_value(copy, "stack", js.get(source, "stack"), "wc")
    if js.has_own(source, "cause") then
        js.define_value(copy, "cause", clone(js.get(source, "cause"), seen), "wc")
    end
    return copy
end

local function clone_object(source, seen)
    local kind, a, b = js.data_of(source)
    if kind == "date" then
        return js.new_date(a)
    elseif kind == "regexp" then
        return js.regexp(a, b)
    elseif kind == "buffer" then
        native.need("bytes_view")
        return js.byte_views.of_text(js.intrinsics.Uint8ArrayPrototype, buffer.tostring(a))
    elseif kind == "function" then
        refuse(source)
    elseif getmetatable(source) and getmetatable(source).box then
        local box = getmetatable(source).box
        if box == "symbol" then
            refuse(source)
        end
        return js.to_object(js.unwrap(source, box))
    elseif getmetatable(source) and getmetatable(source).kind == "error" then
        return clone_error(source, seen)
    elseif js.map_slot and rawget(source, js.map_slot) then
        local copy = js.new(js.global("Map"))
        seen[source] = copy
        local cursor, data = js.collection.cursor(rawget(source, js.map_slot)), rawget(source, js.map_slot)
        while true do
            local more, key, value = js.collection.next(data, cursor)
            if not more then
                return copy
            end
            js.collection.set(rawget(copy, js.map_slot), clone(key, seen), clone(value, seen))
        end
    elseif js.set_slot and rawget(source, js.set_slot) then
        local copy = js.new(js.global("Set"))
        seen[source] = copy
        local cursor, data = js.collection.cursor(rawget(source, js.set_slot)), rawget(source, js.set_slot)
        while true do
            local more, key = js.collection.next(data, cursor)
            if not more then
                return copy
            end
            js.collection.set(rawget(copy, js.set_slot), clone(key, seen), true)
        end
    elseif js.is_array(source) then
        local copy = js.new_array(js.length_of(source))
        seen[source] = copy
        return clone_members(source, copy, seen)
    elseif (js.is_promise and js.is_promise(source)) or js.has_own(source, js.symbols.toStringTag) then
        refuse(source)
    end
    local copy = js.new_object()
    seen[source] = copy
    return clone_members(source, copy, seen)
end

function clone(v, seen)
    if type(v) == "function" or js.is_symbol(v) then
        refuse(v)
    elseif not js.is_object(v) then
        return v
    elseif seen[v] then
        return seen[v]
    end
    local copy = clone_object(v, seen)
    seen[v] = copy
    return copy
end

js.define_global("structuredClone", js.define_function("structuredClone", 1, function(_, ...)
    if select("#", ...) == 0 then
        js.type_error("The \"value\" argument must be specified")
    end
    return clone((...), {})
end))
