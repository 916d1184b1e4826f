--! `_` in templates: lodash's common functions on objects, arrays and collections. Texts are in lodash_text.lua.
--! Iteratee shorthands as in lodash: a function, a property path, an object to match, or a [path, value] pair.
local js, native = ...

native.need("array")
native.need("inspect")
local type, select = type, select
local get, truthy = js.get, js.truthy

local lodash = js.new_object()

local function add(name, length, f)
    js.define_value(lodash, name, js.define_function(name, length, f), "wec")
end

local function is_object(x)
    return js.is_object(x)
end

-- Paths: `a.b[0]["c"]` or an array of keys → list of keys.
local function path_of(path, object)
    if js.is_array(path) then
        local keys = {}
        for i = 0, js.length_of(path) - 1 do
            keys[i + 1] = js.key(get(path, i))
        end
        return keys
    elseif type(path) ~= "string" then
        return { js.key(path) }
    elseif is_object(object) and js.has_property(object, js.key(path)) then
        return { js.key(path) }
    end
    local keys, at, n = {}, 1, #path
    while at <= n do
        local quote, quoted, after_quoted = string.match(path, "^%[([\"'])(.-)%1%]()", at)
        local index, after_index = string.match(path, "^%[([^%]]*)%]()", at)
        local name, after_name = string.match(path, "^([^%.%[%]]+)()", at)
        if quote then
            table.insert(keys, js.key(quoted))
            at = after_quoted
        elseif index then
            table.insert(keys, js.key(index))
            at = after_index
        elseif name then
            table.insert(keys, js.key(name))
            at = after_name
        else
            at += 1
        end
    end
    return keys
end

local function get_path(object, path, default)
    local value = object
    local keys = path_of(path, object)
    for _, key in keys do
        if value == nil or value == null then
            return default
        end
        value = get(value, key)
    end
    if value == nil or #keys == 0 then
        return default
    end
    return value
end

local equal

local function matches(object, source)
    local keys, n = js.enumerable_own(source)
    for i = 1, n do
        if object == nil or object == null then
            return false
        end
        local wanted, value = get(source, keys[i]), get(object, keys[i])
        if js.is_object(wanted) and js.is_object(value) and not js.is_array(wanted) then
            if not matches(value, wanted) then
                return false
            end
        elseif not equal(value, wanted) then
            return false
        end
    end
    return true
end

-- A Lua function (value, key, collection) of lodash's shorthands.
local function iteratee(f)
    if type(f) == "function" then
        return function(v, k, c)
            return f(nil, v, k, c)
        end
    elseif f == nil or f == null then
        return function(v)
            return v
        end
    elseif js.is_array(f) then
        local path, wanted = get(f, 0), get(f, 1)
        return function(v)
            return equal(get_path(v, path), wanted)
        end
    elseif is_object(f) then
        return function(v)
            return matches(v, f)
        end
    end
    return function(v)
        return get_path(v, f)
    end
end

-- Values with keys of an array, string or object: `for i, key, value`.
local function entries_of(collection)
    local list = {}
    if collection == nil or collection == null then
        return list
    elseif type(collection) == "string" or js.is_array(collection) or (is_object(collection) and type(collection) ~= "function" and type(get(collection, "length")) == "number") then
        local n = if type(collection) == "string" then js.to_length(collection.length) else js.length_of(collection)
        for i = 0, n - 1 do
            list[i + 1] = { i, get(collection, i) }
        end
    elseif is_object(collection) then
        local keys, n = js.enumerable_own(collection)
        for i = 1, n do
            list[i] = { js.key_value(keys[i]), get(collection, keys[i]) }
        end
    end
    return list
end

local function array_of(list)
    return js.make_array(#list, list)
end

-- Collects what visit(push, value, key) pushes; values may be undefined.
local function collect(collection, visit)
    local result, n = {}, 0
    local function push(v)
        result[n] = v
        n += 1
    end
    for _, entry in entries_of(collection) do
        visit(push, entry[2], entry[1])
    end
    return js.array_from0(result, n)
end

-- Equality and copies --------------------------------------------------------

function equal(a, b)
    return a == b or js.same_value_zero(a, b) or js.invoke(native.need_file("modules/util"), "isDeepStrictEqual", a, b)
end

local function clone_deep(v, seen)
    if not js.is_object(v) then
        return v
    elseif type(v) == "function" then
        return js.new_object()
    elseif seen[v] then
        return seen[v]
    end
    local kind, a, b = js.data_of(v)
    if kind == "date" then
        return js.new_date(a)
    elseif kind == "regexp" then
        return js.regexp(a, b)
    elseif kind ~= "object" or (js.map_slot and rawget(v, js.map_slot)) or (js.set_slot and rawget(v, js.set_slot)) then
        return js.global("structuredClone")(nil, v)
    end
    local copy = if js.is_array(v) then js.new_array(js.length_of(v)) else js.new_object(js.get_proto(v))
    seen[v] = copy
    local keys, n = js.enumerable_own(v)
    for i = 1, n do
        local value = get(v, keys[i])
        js.create_data(copy, keys[i], if type(value) == "function" then value else clone_deep(value, seen))
    end
    return copy
end

local function is_plain(v)
    if type(v) ~= "table" or not js.is_object(v) or js.is_array(v) then
        return false
    end
    local proto = js.get_proto(v)
    return proto == null or proto == js.intrinsics.ObjectPrototype
end

local function merge_into(target, source)
    local keys, n = js.enumerable_own(source)
    for i = 1, n do
        local key, value = keys[i], get(source, keys[i])
        if key ~= "__proto__" and key ~= "constructor" then
            local own = get(target, key)
            if is_plain(value) or js.is_array(value) then
                local base = if js.is_array(value)
                    then (if js.is_array(own) then own else js.array())
                    else (if is_object(own) and not js.is_array(own) then own else js.new_object())
                js.set(target, key, merge_into(base, value))
            elseif value ~= nil or not js.has_property(target, key) then
                js.set(target, key, value)
            end
        end
    end
    return target
end

local function set_path(object, path, value)
    if not is_object(object) then
        return object
    end
    local keys = path_of(path, object)
    local holder = object
    for i = 1, #keys - 1 do
        if keys[i] == "__proto__" or keys[i] == "constructor" or keys[i] == "prototype" then
            return object
        end
        local next_holder = get(holder, keys[i])
        if not is_object(next_holder) then
            next_holder = if type(keys[i + 1]) == "number" then js.array() else js.new_object()
            js.set(holder, keys[i], next_holder)
        end
        holder = next_holder
    end
    local last = keys[#keys]
    if last ~= nil and last ~= "__proto__" then
        js.set(holder, last, value)
    end
    return object
end

add("get", 3, function(_, object, path, default)
    return get_path(object, path, default)
end)
add("set", 3, function(_, object, path, value)
    return set_path(object, path, value)
end)
local function has(_, object, path)
    local holder = object
    for _, key in path_of(path, object) do
        if holder == nil or holder == null or not js.has_own(js.to_object(holder), key) then
            return false
        end
        holder = get(holder, key)
    end
    return true
end
add("has", 2, has)
add("unset", 2, function(_, object, path)
    local keys = path_of(path, object)
    local holder = object
    for i = 1, #keys - 1 do
        holder = if holder == nil or holder == null then nil else get(holder, keys[i])
    end
    return not is_object(holder) or js.delete(holder, keys[#keys])
end)
add("isEqual", 2, function(_, a, b)
    return equal(a, b)
end)
add("isMatch", 2, function(_, object, source)
    return matches(object, source)
end)
add("cloneDeep", 1, function(_, v)
    return clone_deep(v, {})
end)
add("clone", 1, function(_, v)
    if js.is_array(v) then
        return js.invoke(v, "slice")
    elseif is_plain(v) then
        return js.spread_into(js.new_object(), v)
    end
    return clone_deep(v, {})
end)
local function each_source(apply)
    return function(_, target, ...)
        local object = js.to_object(target)
        for i = 1, select("#", ...) do
            local source = select(i, ...)
            if is_object(source) then
                apply(object, source)
            end
        end
        return object
    end
end
add("merge", 2, each_source(merge_into))
add("assign", 2, each_source(js.spread_into))
add("extend", 2, each_source(js.spread_into))
add("defaults", 2, each_source(function(object, source)
    for _, entry in entries_of(source) do
        local key = js.key(entry[1])
        if get(object, key) == nil then
            js.set(object, key, entry[2])
        end
    end
end))

-- Objects ----------------------------------------------------------------------

local function flat_arguments(list, ...)
    for i = 1, select("#", ...) do
        local v = select(i, ...)
        if js.is_array(v) then
            for k = 0, js.length_of(v) - 1 do
                flat_arguments(list, get(v, k))
            end
        else
            table.insert(list, v)
        end
    end
    return list
end

add("pick", 2, function(_, object, ...)
    local result = js.new_object()
    for _, path in flat_arguments({}, ...) do
        if object ~= nil and object ~= null and has(nil, object, path) then
            set_path(result, path, get_path(object, path))
        end
    end
    return result
end)
add("omit", 2, function(_, object, ...)
    local result = if object == nil or object == null then js.new_object() else js.spread_into(js.new_object(), object)
    for _, path in flat_arguments({}, ...) do
        js.invoke(lodash, "unset", result, path)
    end
    return result
end)
local function by_test(wanted)
    return function(_, object, f)
        local test, result = iteratee(f), js.new_object()
        for _, entry in entries_of(object) do
            if truthy(test(entry[2], entry[1])) == wanted then
                js.create_data(result, js.key(entry[1]), entry[2])
            end
        end
        return result
    end
end
add("pickBy", 2, by_test(true))
add("omitBy", 2, by_test(false))
add("keys", 1, function(_, object)
    return collect(object, function(push, _, key)
        push(js.str(key))
    end)
end)
add("values", 1, function(_, object)
    return collect(object, function(push, value)
        push(value)
    end)
end)
local function to_pairs(_, object)
    return collect(object, function(push, value, key)
        push(js.array(js.str(key), value))
    end)
end
add("toPairs", 1, to_pairs)
add("entries", 1, to_pairs)
add("fromPairs", 1, function(_, list)
    local result = js.new_object()
    for _, entry in entries_of(list) do
        js.create_data(result, js.key(get(entry[2], 0)), get(entry[2], 1))
    end
    return result
end)
add("zipObject", 2, function(_, keys, values)
    local result = js.new_object()
    for i, entry in entries_of(keys) do
        js.create_data(result, js.key(entry[2]), get(values, i - 1))
    end
    return result
end)
add("invert", 1, function(_, object)
    local result = js.new_object()
    for _, entry in entries_of(object) do
        js.create_data(result, js.key(entry[2]), js.str(entry[1]))
    end
    return result
end)
add("mapValues", 2, function(_, object, f)
    local change, result = iteratee(f), js.new_object()
    for _, entry in entries_of(object) do
        js.create_data(result, js.key(entry[1]), change(entry[2], entry[1], object))
    end
    return result
end)
add("mapKeys", 2, function(_, object, f)
    local change, result = iteratee(f), js.new_object()
    for _, entry in entries_of(object) do
        js.create_data(result, js.key(change(entry[2], entry[1], object)), entry[2])
    end
    return result
end)
add("findKey", 2, function(_, object, f)
    local test = iteratee(f)
    for _, entry in entries_of(object) do
        if truthy(test(entry[2], entry[1])) then
            return entry[1]
        end
    end
    return nil
end)

-- What the other files of lodash need.
js.lodash_parts = {
    lodash = lodash, add = add, iteratee = iteratee, entries_of = entries_of, collect = collect, array_of = array_of, equal = equal,
    get_path = get_path, is_plain = is_plain, flat_arguments = flat_arguments,
}
native.need_file("modules/lodash_list")
native.need_file("modules/lodash_text")

return lodash
