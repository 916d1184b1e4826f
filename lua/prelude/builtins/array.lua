--! Array: the constructor, Array.from/of/isArray and the methods that change an array or cut and join arrays.
--! Plain dense arrays take raw paths; everything else goes through the generic operations, so array-likes, holes, species and
--! accessors behave as specified. Callback methods are in array_visit.lua, ordering ones in array_order.lua. Must not know shapes' insides.
local js, native = ...

local Proto = js.intrinsics.ArrayPrototype
local symbols, shape = js.symbols, js.array_shape
local get, set, has, delete = js.get, js.set_strict, js.has_property, js.delete_strict
local length_of, to_object, to_integer, relative = js.length_of, js.to_object, js.to_integer, js.relative_index
local getmetatable, rawget, rawset, select, type, move = getmetatable, rawget, rawset, select, type, table.move
local from0, type_error = js.array_from0, js.type_error

local MAX_SAFE = 9007199254740991
local MAX_INDEX = 4294967294

local A = {} -- shared with the other array files
js.array_helpers = A

-- Element keys are numbers; beyond the largest index they are texts.
local function K(i)
    if i > MAX_INDEX then
        return js.key(i)
    end
    return i
end
A.key = K

local function create(o, k, v)
    if getmetatable(o) == shape and k == o.length then
        o[k] = v
        if v == nil then
            o.length = k + 1
        end
        return
    end
    js.create_data_or_throw(o, K(k), v)
end
A.create = create

local Array

-- The species of a plain array is plain: then results may be built raw.
local function plain_species(o)
    return getmetatable(o) == shape and rawget(Proto, "constructor") == Array and get(Array, symbols.species) == Array
end
A.plain_species = plain_species

local function construct(new_target, ...)
    local n = select("#", ...)
    local first = ...
    local proto = Proto
    if new_target ~= nil and new_target ~= Array then
        proto = js.prototype_of_constructor and js.prototype_of_constructor(new_target, "ArrayPrototype")
            or js.get_proto(js.create_from_constructor(new_target, "ArrayPrototype"))
    end
    local a
    if n == 1 and type(first) == "number" then
        if first < 0 or first > 4294967295 or first % 1 ~= 0 then
            js.range_error("Invalid array length")
        end
        a = js.new_array(first)
    elseif n == 0 then
        a = from0({}, 0)
    else
        local list = { ... }
        a = js.make_array(n, list)
    end
    if proto ~= Proto then
        js.set_proto(a, proto)
    end
    return a
end

Array = js.define_constructor("Array", 1, construct, function(_, ...)
    return construct(nil, ...)
end, Proto)
js.define_accessor(Array, symbols.species, function(this)
    return this
end)

local function make(C, ...)
    if js.is_constructor(C) then
        return js.new(C, ...)
    end
    return construct(nil, ...)
end

local function from(this, items, map, this_arg)
    if map ~= nil and type(map) ~= "function" then
        type_error(js.describe(map) .. " is not a function")
    end
    local iterator = js.get_method(items, symbols.iterator)
    if iterator == nil then
        local source = to_object(items)
        local n = length_of(source)
        local a = make(this, n)
        for k = 0, n - 1 do
            local v = get(source, K(k))
            if map then
                v = map(this_arg, v, k)
            end
            js.create_data_or_throw(a, K(k), v)
        end
        set(a, "length", n)
        return a
    end
    local a = make(this)
    local k = 0
    js.each(items, function(v)
        if map then
            v = map(this_arg, v, k)
        end
        create(a, k, v)
        k += 1
    end)
    set(a, "length", k)
    return a
end

js.define_methods(Array, {
    "isArray", 1, function(_, x)
        return js.is_array(x)
    end,
    "of", 0, function(this, ...)
        local n = select("#", ...)
        local a = make(this, n)
        for k = 0, n - 1 do
            js.create_data_or_throw(a, k, (select(k + 1, ...)))
        end
        set(a, "length", n)
        return a
    end,
    "from", 1, from,
})

local function push(this, ...)
    local count = select("#", ...)
    if getmetatable(this) == shape then
        local n = this.length
        for i = 1, count do
            rawset(this, n + i - 1, (select(i, ...)))
        end
        this.length = n + count
        return n + count
    end
    local o = to_object(this)
    local n = length_of(o)
    if n + count > MAX_SAFE then
        type_error("Pushing " .. count .. " elements on an array-like of length " .. js.number_to_string(n) .. " is disallowed by ECMA-262")
    end
    for i = 1, count do
        set(o, K(n + i - 1), (select(i, ...)))
    end
    set(o, "length", n + count)
    return n + count
end

local function pop(this)
    if getmetatable(this) == shape then
        local n = this.length
        if n == 0 then
            return nil
        end
        local v = rawget(this, n - 1)
        rawset(this, n - 1, nil)
        this.length = n - 1
        return v
    end
    local o = to_object(this)
    local n = length_of(o)
    if n == 0 then
        set(o, "length", 0)
        return nil
    end
    local v = get(o, K(n - 1))
    delete(o, K(n - 1))
    set(o, "length", n - 1)
    return v
end

local function shift(this)
    if getmetatable(this) == shape then
        local n = this.length
        if n == 0 then
            return nil
        end
        local v = rawget(this, 0)
        if n > 1 then
            move(this, 1, n - 1, 0)
        end
        rawset(this, n - 1, nil)
        this.length = n - 1
        return v
    end
    local o = to_object(this)
    local n = length_of(o)
    if n == 0 then
        set(o, "length", 0)
        return nil
    end
    local first = get(o, 0)
    for k = 1, n - 1 do
        if has(o, K(k)) then
            set(o, K(k - 1), get(o, K(k)))
        else
            delete(o, K(k - 1))
        end
    end
    delete(o, K(n - 1))
    set(o, "length", n - 1)
    return first
end

-- Moves `count` elements of a generic object from `from` to `to`, holes included, in the order that does not overwrite.
local function move_generic(o, from_index, to_index, count)
    local step, first, last = 1, 0, count - 1
    if from_index < to_index then
        step, first, last = -1, count - 1, 0
    end
    for i = first, last, step do
        local source, target = K(from_index + i), K(to_index + i)
        if has(o, source) then
            set(o, target, get(o, source))
        else
            delete(o, target)
        end
    end
end

local function unshift(this, ...)
    local count = select("#", ...)
    if getmetatable(this) == shape then
        local n = this.length
        if n > 0 and count > 0 then
            move(this, 0, n - 1, count)
        end
        for i = 1, count do
            rawset(this, i - 1, (select(i, ...)))
        end
        this.length = n + count
        return n + count
    end
    local o = to_object(this)
    local n = length_of(o)
    if count > 0 then
        if n + count > MAX_SAFE then
            type_error("Unshifting " .. count .. " elements on an array-like of length " .. js.number_to_string(n) .. " is disallowed by ECMA-262")
        end
        move_generic(o, 0, count, n)
        for i = 1, count do
            set(o, i - 1, (select(i, ...)))
        end
    end
    set(o, "length", n + count)
    return n + count
end

local function slice(this, first, last)
    local o = to_object(this)
    local n = length_of(o)
    local k, final = relative(first, n, 0), relative(last, n, n)
    local count = math.max(final - k, 0)
    if plain_species(o) and final <= o.length then
        local t = {}
        if count > 0 then
            move(o, k, final - 1, 0, t)
        end
        return from0(t, count)
    end
    local a = js.array_species(o, count)
    local at = 0
    while k < final do
        if has(o, K(k)) then
            js.create_data_or_throw(a, K(at), get(o, K(k)))
        end
        k += 1
        at += 1
    end
    set(a, "length", at)
    return a
end

local function splice(this, ...)
    local argc = select("#", ...)
    local first, delete_count = ...
    local o = to_object(this)
    local n = length_of(o)
    local start = relative(first, n, 0)
    local added = math.max(argc - 2, 0)
    local removed
    if argc == 0 then
        removed = 0
    elseif argc == 1 then
        removed = n - start
    else
        removed = math.clamp(to_integer(delete_count), 0, n - start)
    end
    if n + added - removed > MAX_SAFE then
        type_error("Invalid array length")
    end
    if plain_species(o) and o.length == n then
        local t = {}
        if removed > 0 then
            move(o, start, start + removed - 1, 0, t)
        end
        local rest = n - start - removed
        if added ~= removed and rest > 0 then
            move(o, start + removed, n - 1, start + added)
        end
        for i = n - removed + added, n - 1 do
            rawset(o, i, nil)
        end
        for i = 1, added do
            rawset(o, start + i - 1, (select(i + 2, ...)))
        end
        o.length = n - removed + added
        return from0(t, removed)
    end
    local a = js.array_species(o, removed)
    for k = 0, removed - 1 do
        if has(o, K(start + k)) then
            js.create_data_or_throw(a, K(k), get(o, K(start + k)))
        end
    end
    set(a, "length", removed)
    if added ~= removed then
        move_generic(o, start + removed, start + added, n - start - removed)
        for k = n - 1, n - removed + added, -1 do
            delete(o, K(k))
        end
    end
    for i = 1, added do
        set(o, K(start + i - 1), (select(i + 2, ...)))
    end
    set(o, "length", n - removed + added)
    return a
end

local function is_spreadable(x)
    if not js.is_object(x) then
        return false
    end
    local spreadable = get(x, symbols.isConcatSpreadable)
    if spreadable ~= nil then
        return js.truthy(spreadable)
    end
    return js.is_array(x)
end

local function concat_into(a, at, item)
    if not is_spreadable(item) then
        if at >= MAX_SAFE then
            type_error("Invalid array length")
        end
        create(a, at, item)
        return at + 1
    end
    local n = length_of(item)
    if at + n > MAX_SAFE then
        type_error("Invalid array length")
    end
    if getmetatable(item) == shape and getmetatable(a) == shape and a.length == at then
        if n > 0 then
            move(item, 0, n - 1, at, a)
        end
        a.length = at + n
        return at + n
    end
    for k = 0, n - 1 do
        if has(item, K(k)) then
            js.create_data_or_throw(a, K(at + k), get(item, K(k)))
        end
    end
    return at + n
end

local function concat(this, ...)
    local o = to_object(this)
    local a = if plain_species(o) then from0({}, 0) else js.array_species(o, 0)
    local at = concat_into(a, 0, o)
    for i = 1, select("#", ...) do
        at = concat_into(a, at, (select(i, ...)))
    end
    set(a, "length", at)
    return a
end

local function copy_within(this, target, first, last)
    local o = to_object(this)
    local n = length_of(o)
    local to_index, from_index = relative(target, n, 0), relative(first, n, 0)
    local final = relative(last, n, n)
    local count = math.min(final - from_index, n - to_index)
    if count > 0 then
        move_generic(o, from_index, to_index, count)
    end
    return o
end

local function fill(this, value, first, last)
    local o = to_object(this)
    local n = length_of(o)
    local k, final = relative(first, n, 0), relative(last, n, n)
    if js.fill_elements(o, value, k, final) then
        return o
    end
    for i = k, final - 1 do
        set(o, K(i), value)
    end
    return o
end

local function reverse(this)
    local o = to_object(this)
    local n = length_of(o)
    for low = 0, n // 2 - 1 do
        local high = n - 1 - low
        local low_there = has(o, K(low))
        local a = if low_there then get(o, K(low)) else nil
        local high_there = has(o, K(high))
        local b = if high_there then get(o, K(high)) else nil
        if high_there then
            set(o, K(low), b)
        elseif low_there then
            delete(o, K(low))
        end
        if low_there then
            set(o, K(high), a)
        elseif high_there then
            delete(o, K(high))
        end
    end
    return o
end

local joining = {} -- objects being joined: a cycle gives ""

local function join_values(o, separator, text_of)
    if joining[o] then
        return ""
    end
    joining[o] = true
    local ok, result = pcall(function()
        local n = length_of(o)
        local parts = table.create(math.min(n, 1024))
        local plain = getmetatable(o) == shape
        for k = 0, n - 1 do
            local v
            if plain and getmetatable(o) == shape then
                v = rawget(o, k)
            else
                v = get(o, K(k))
            end
            local kind = type(v)
            if kind == "string" and text_of == js.str then
                parts[k + 1] = v
            elseif v == nil or v == null then
                parts[k + 1] = ""
            else
                parts[k + 1] = text_of(v)
            end
        end
        return table.concat(parts, separator)
    end)
    joining[o] = nil
    if not ok then
        error(result, 0)
    end
    return result
end

local function join(this, separator)
    local o = to_object(this)
    if joining[o] then
        return ""
    end
    if separator ~= nil then
        length_of(o)
    end
    return join_values(o, if separator == nil then "," else js.str(separator), js.str)
end

js.define_methods(Proto, {
    "at", 1, function(this, index)
        local o = to_object(this)
        local n = length_of(o)
        local i = to_integer(index)
        if i < 0 then
            i += n
        end
        if i < 0 or i >= n then
            return nil
        end
        return get(o, K(i))
    end,
    "concat", 1, concat,
    "copyWithin", 2, copy_within,
    "fill", 1, fill,
    "join", 1, join,
    "pop", 0, pop,
    "push", 1, push,
    "reverse", 0, reverse,
    "shift", 0, shift,
    "slice", 2, slice,
    "splice", 2, splice,
    "unshift", 1, unshift,
    "toLocaleString", 0, function(this)
        local o = to_object(this)
        return join_values(o, ",", function(v)
            return js.str(js.invoke(v, "toLocaleString"))
        end)
    end,
    "toString", 0, function(this)
        local o = to_object(this)
        local f = get(o, "join")
        if type(f) == "function" then
            return f(o)
        end
        return js.intrinsics.ObjectPrototype.toString(o)
    end,
})

js.define_global("Array", Array)
native.need("array_visit")
native.need("array_order")
