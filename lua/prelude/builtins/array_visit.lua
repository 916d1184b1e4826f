--! Array methods that visit elements: callbacks, searches, folds, flattening, iterators.
--! Each step asks again whether the array is still plain, since callbacks may change it. Must not know shapes' insides.
local js, native = ...

local Proto = js.intrinsics.ArrayPrototype
local A, symbols, shape = js.array_helpers, js.symbols, js.array_shape
local K, create = A.key, A.create
local get, has = js.get, js.has_property
local length_of, to_object, to_integer, truthy = js.length_of, js.to_object, js.to_integer, js.truthy
local getmetatable, rawget, select, type = getmetatable, rawget, select, type
local from0, type_error = js.array_from0, js.type_error

local function callable(f)
    if type(f) ~= "function" then
        type_error(js.describe(f) .. " is not a function")
    end
    return f
end

-- Is there an element k, and its value.
local function element(o, k)
    if getmetatable(o) == shape and k < o.length then
        return true, rawget(o, k)
    end
    local key = K(k)
    if has(o, key) then
        return true, get(o, key)
    end
    return false, nil
end

-- The value at k, holes read as undefined.
local function value_at(o, k)
    if getmetatable(o) == shape and k < o.length then
        return rawget(o, k)
    end
    return get(o, K(k))
end

local function prepare(this, f)
    local o = to_object(this)
    local n = length_of(o)
    return o, n, callable(f)
end

local function index_of(this, wanted, ...)
    local o = to_object(this)
    local n = length_of(o)
    if n == 0 then
        return -1
    end
    local k = to_integer((...))
    if k < 0 then
        k = math.max(n + k, 0)
    end
    if getmetatable(o) == shape and type(wanted) ~= "table" then
        for i = k, math.min(n, o.length) - 1 do
            if rawget(o, i) == wanted and wanted == wanted then
                return i
            end
        end
        return -1
    end
    for i = k, n - 1 do
        local there, v = element(o, i)
        if there and js.same(v, wanted) then
            return i
        end
    end
    return -1
end

local function last_index_of(this, wanted, ...)
    local o = to_object(this)
    local n = length_of(o)
    if n == 0 then
        return -1
    end
    local k = n - 1
    if select("#", ...) > 0 then
        local from = to_integer((...))
        k = if from >= 0 then math.min(from, n - 1) else n + from
    end
    for i = k, 0, -1 do
        local there, v = element(o, i)
        if there and js.same(v, wanted) then
            return i
        end
    end
    return -1
end

local function includes(this, wanted, from)
    local o = to_object(this)
    local n = length_of(o)
    if n == 0 then
        return false
    end
    local k = to_integer(from)
    if k < 0 then
        k = math.max(n + k, 0)
    end
    for i = k, n - 1 do
        local v = value_at(o, i)
        if v == wanted or js.same_value_zero(v, wanted) then
            return true
        end
    end
    return false
end

-- find, findIndex, findLast, findLastIndex: undefined elements are visited too.
local function search(this, f, this_arg, backwards)
    local o, n = prepare(this, f)
    local first, last, step = 0, n - 1, 1
    if backwards then
        first, last, step = n - 1, 0, -1
    end
    for k = first, last, step do
        local v = value_at(o, k)
        if truthy(f(this_arg, v, k, o)) then
            return k, v
        end
    end
    return -1, nil
end

local function map(this, f, this_arg)
    local o, n = prepare(this, f)
    if A.plain_species(o) then
        local t = table.create(n)
        local holes
        for k = 0, n - 1 do
            local there, v = element(o, k)
            if there then
                t[k] = f(this_arg, v, k, o)
            else
                holes = holes or {}
                holes[#holes + 1] = k
            end
        end
        local a = from0(t, n)
        if holes then
            js.holes(a, table.unpack(holes))
        end
        return a
    end
    local a = js.array_species(o, n)
    for k = 0, n - 1 do
        local there, v = element(o, k)
        if there then
            js.create_data_or_throw(a, K(k), f(this_arg, v, k, o))
        end
    end
    return a
end

local function filter(this, f, this_arg)
    local o, n = prepare(this, f)
    local plain = A.plain_species(o)
    local a = if plain then {} else js.array_species(o, 0)
    local count = 0
    for k = 0, n - 1 do
        local there, v = element(o, k)
        if there and truthy(f(this_arg, v, k, o)) then
            if plain then
                a[count] = v
            else
                js.create_data_or_throw(a, K(count), v)
            end
            count += 1
        end
    end
    return if plain then from0(a, count) else a
end

local function fold(this, step, f, ...)
    local o, n = prepare(this, f)
    local k, last = 0, n - 1
    if step < 0 then
        k, last = n - 1, 0
    end
    local sum
    if select("#", ...) > 0 then
        sum = ...
    else
        local there = false
        while not there do
            if (step > 0 and k > last) or (step < 0 and k < last) then
                type_error("Reduce of empty array with no initial value")
            end
            there, sum = element(o, k)
            k += step
        end
    end
    for i = k, last, step do
        local there, v = element(o, i)
        if there then
            sum = f(nil, sum, v, i, o)
        end
    end
    return sum
end

-- Appends to array `a` from `at` on; answers the next free place.
local function flatten_into(a, source, n, at, depth, f, this_arg)
    for k = 0, n - 1 do
        local there, v = element(source, k)
        if there then
            if f then
                v = f(this_arg, v, k, source)
            end
            if depth > 0 and js.is_array(v) then
                at = flatten_into(a, v, length_of(v), at, depth - 1)
            else
                create(a, at, v)
                at += 1
            end
        end
    end
    return at
end

-- keys, values, entries and the iterator are core's (core/iterate.lua), which must know them to walk arrays fast
js.define_methods(Proto, {
    "every", 1, function(this, f, this_arg)
        local o, n = prepare(this, f)
        for k = 0, n - 1 do
            local there, v = element(o, k)
            if there and not truthy(f(this_arg, v, k, o)) then
                return false
            end
        end
        return true
    end,
    "filter", 1, filter,
    "find", 1, function(this, f, this_arg)
        local _, v = search(this, f, this_arg, false)
        return v
    end,
    "findIndex", 1, function(this, f, this_arg)
        return (search(this, f, this_arg, false))
    end,
    "findLast", 1, function(this, f, this_arg)
        local _, v = search(this, f, this_arg, true)
        return v
    end,
    "findLastIndex", 1, function(this, f, this_arg)
        return (search(this, f, this_arg, true))
    end,
    "flat", 0, function(this, depth)
        local o = to_object(this)
        local n = length_of(o)
        local levels = if depth == nil then 1 else to_integer(depth)
        local a = js.array_species(o, 0)
        flatten_into(a, o, n, 0, levels)
        return a
    end,
    "flatMap", 1, function(this, f, this_arg)
        local o, n = prepare(this, f)
        local a = js.array_species(o, 0)
        flatten_into(a, o, n, 0, 1, f, this_arg)
        return a
    end,
    "forEach", 1, function(this, f, this_arg)
        local o, n = prepare(this, f)
        for k = 0, n - 1 do
            local there, v = element(o, k)
            if there then
                f(this_arg, v, k, o)
            end
        end
    end,
    "includes", 1, includes,
    "indexOf", 1, index_of,
    "lastIndexOf", 1, last_index_of,
    "map", 1, map,
    "reduce", 1, function(this, f, ...)
        return fold(this, 1, f, ...)
    end,
    "reduceRight", 1, function(this, f, ...)
        return fold(this, -1, f, ...)
    end,
    "some", 1, function(this, f, this_arg)
        local o, n = prepare(this, f)
        for k = 0, n - 1 do
            local there, v = element(o, k)
            if there and truthy(f(this_arg, v, k, o)) then
                return true
            end
        end
        return false
    end,
})

local unscopables = js.new_object(null)
for _, name in { "at", "copyWithin", "entries", "fill", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap", "includes", "keys", "toReversed", "toSorted", "toSpliced", "values" } do
    js.create_data(unscopables, name, true)
end
js.define_value(Proto, symbols.unscopables, unscopables, "c")
