--! lodash's functions on lists and collections. Must not know paths or objects' members beyond lodash.lua's helpers.
local js, native = ...

local parts = js.lodash_parts
local add, iteratee, entries_of, collect, array_of = parts.add, parts.iteratee, parts.entries_of, parts.collect, parts.array_of
local get, truthy = js.get, js.truthy
local type, select = type, select

local function is_list(x)
    return js.is_array(x)
end

local function length_of(x)
    return if x == nil or x == null then 0 else js.length_of(js.to_object(x))
end

-- A set under SameValueZero that tells whether a value is new.
local function seen_set()
    local set = js.new(js.global("Set"))
    return function(v)
        if js.invoke(set, "has", v) then
            return false
        end
        js.invoke(set, "add", v)
        return true
    end, set
end

add("map", 2, function(_, c, f)
    local change = iteratee(f)
    return collect(c, function(push, v, k)
        push(change(v, k, c))
    end)
end)
add("filter", 2, function(_, c, f)
    local test = iteratee(f)
    return collect(c, function(push, v, k)
        if truthy(test(v, k, c)) then
            push(v)
        end
    end)
end)
add("reject", 2, function(_, c, f)
    local test = iteratee(f)
    return collect(c, function(push, v, k)
        if not truthy(test(v, k, c)) then
            push(v)
        end
    end)
end)
local function each(_, c, f)
    local visit = iteratee(f)
    for _, entry in entries_of(c) do
        if visit(entry[2], entry[1], c) == false then
            break
        end
    end
    return c
end
add("forEach", 2, each)
add("each", 2, each)
local function find(backwards, answer_index)
    return function(_, c, f)
        local test, list = iteratee(f), entries_of(c)
        local first, last, step = 1, #list, 1
        if backwards then
            first, last, step = #list, 1, -1
        end
        for i = first, last, step do
            if truthy(test(list[i][2], list[i][1], c)) then
                return if answer_index then i - 1 else list[i][2]
            end
        end
        return if answer_index then -1 else nil
    end
end
add("find", 2, find(false, false))
add("findLast", 2, find(true, false))
add("findIndex", 2, find(false, true))
add("findLastIndex", 2, find(true, true))
add("some", 2, function(_, c, f)
    local test = iteratee(f)
    for _, entry in entries_of(c) do
        if truthy(test(entry[2], entry[1], c)) then
            return true
        end
    end
    return false
end)
add("every", 2, function(_, c, f)
    local test = iteratee(f)
    for _, entry in entries_of(c) do
        if not truthy(test(entry[2], entry[1], c)) then
            return false
        end
    end
    return true
end)
local function fold(backwards)
    return function(_, c, f, ...)
        local list = entries_of(c)
        local given = select("#", ...) > 0
        local sum = ...
        local first, last, step = 1, #list, 1
        if backwards then
            first, last, step = #list, 1, -1
        end
        for i = first, last, step do
            if given then
                sum = f(nil, sum, list[i][2], list[i][1], c)
            else
                sum, given = list[i][2], true
            end
        end
        return sum
    end
end
add("reduce", 3, fold(false))
add("reduceRight", 3, fold(true))
add("includes", 2, function(_, c, wanted, from)
    if type(c) == "string" then
        return js.invoke(c, "includes", wanted, from)
    end
    for i, entry in entries_of(c) do
        if i > js.to_integer(from) and js.same_value_zero(entry[2], wanted) then
            return true
        end
    end
    return false
end)
add("size", 1, function(_, c)
    if type(c) == "string" then
        return c.length
    elseif type(c) == "table" and js.is_object(c) then
        local size = js.get(c, "size")
        if type(size) == "number" and not is_list(c) and not js.has_own(c, "size") then
            return size
        end
    end
    return #entries_of(c)
end)

-- Grouping and order ---------------------------------------------------------------

local function grouping(combine)
    return function(_, c, f)
        local key_of, result = iteratee(f), js.new_object()
        for _, entry in entries_of(c) do
            local key = js.key(key_of(entry[2], entry[1], c))
            combine(result, key, entry[2], js.has_own(result, key))
        end
        return result
    end
end
add("groupBy", 2, grouping(function(result, key, v, known)
    if known then
        js.append(get(result, key), v)
    else
        js.create_data(result, key, js.array(v))
    end
end))
add("keyBy", 2, grouping(function(result, key, v)
    js.create_data(result, key, v)
end))
add("countBy", 2, grouping(function(result, key, _, known)
    js.create_data(result, key, (if known then get(result, key) else 0) + 1)
end))
add("partition", 2, function(_, c, f)
    local test, yes, no = iteratee(f), js.array(), js.array()
    for _, entry in entries_of(c) do
        js.append(if truthy(test(entry[2], entry[1], c)) then yes else no, entry[2])
    end
    return js.array(yes, no)
end)

-- lodash's order: undefined last, null before it, NaN before both, otherwise `<`.
local function rank(v)
    return if v == nil then 3 elseif v == null then 2 elseif v ~= v then 1 else 0
end
local function compare(a, b)
    local x, y = rank(a), rank(b)
    if x ~= y or x > 0 then
        return x - y
    end
    return if js.lt(a, b) then -1 elseif js.lt(b, a) then 1 else 0
end

local function ordered(c, criteria, orders)
    local tests, rows = {}, {}
    for i, f in criteria do
        tests[i] = iteratee(f)
    end
    for i, entry in entries_of(c) do
        local keys = {}
        for k, test in tests do
            keys[k] = { test(entry[2], entry[1], c) }
        end
        rows[i] = { value = entry[2], keys = keys, place = i }
    end
    table.sort(rows, function(a, b)
        for k = 1, #tests do
            local order = compare(a.keys[k][1], b.keys[k][1])
            if order ~= 0 then
                return if orders[k] == "desc" then order > 0 else order < 0
            end
        end
        return a.place < b.place
    end)
    local result = {}
    for i, row in rows do
        result[i - 1] = row.value
    end
    return js.array_from0(result, #rows)
end

local IDENTITY = function(_, v)
    return v
end
local function criteria_of(value)
    if value == nil then
        return { IDENTITY }
    elseif not is_list(value) then
        return { value }
    end
    local list = {}
    for i = 0, js.length_of(value) - 1 do
        list[i + 1] = get(value, i)
    end
    return list
end
add("sortBy", 2, function(_, c, ...)
    local criteria = {}
    for i = 1, select("#", ...) do
        for _, f in criteria_of((select(i, ...))) do
            table.insert(criteria, f)
        end
    end
    return ordered(c, if #criteria == 0 then { IDENTITY } else criteria, {})
end)
add("orderBy", 3, function(_, c, criteria, orders)
    return ordered(c, criteria_of(criteria), if orders == nil then {} else criteria_of(orders))
end)
local function extreme(sign, by)
    return function(_, c, f)
        local key_of = iteratee(if by then f else nil)
        local best, best_key
        for _, entry in entries_of(c) do
            local key = key_of(entry[2])
            if key ~= nil and key ~= null and key == key and (best_key == nil or compare(key, best_key) * sign > 0) then
                best, best_key = entry[2], key
            end
        end
        return best
    end
end
add("max", 1, extreme(1, false))
add("min", 1, extreme(-1, false))
add("maxBy", 2, extreme(1, true))
add("minBy", 2, extreme(-1, true))
local function sum_by(_, c, f)
    local value_of, sum = iteratee(f), nil
    for _, entry in entries_of(c) do
        local v = value_of(entry[2])
        if v ~= nil then
            sum = if sum == nil then v else js.add(sum, v)
        end
    end
    return sum or 0
end
add("sum", 1, function(_, c)
    return sum_by(nil, c)
end)
add("sumBy", 2, sum_by)
add("mean", 1, function(_, c)
    return sum_by(nil, c) / #entries_of(c)
end)

-- Lists ------------------------------------------------------------------------------

local function unique(c, key_of)
    local is_new = seen_set()
    return collect(c, function(push, v)
        if is_new(key_of(v)) then
            push(v)
        end
    end)
end
add("uniq", 1, function(_, c)
    return unique(c, iteratee(nil))
end)
add("uniqBy", 2, function(_, c, f)
    return unique(c, iteratee(f))
end)
local function flatten_into(push, list, depth)
    for _, entry in entries_of(list) do
        if depth > 0 and is_list(entry[2]) then
            flatten_into(push, entry[2], depth - 1)
        else
            push(entry[2])
        end
    end
end
local function flattened(list, depth)
    local result, n = {}, 0
    flatten_into(function(v)
        result[n] = v
        n += 1
    end, list, depth)
    return js.array_from0(result, n)
end
add("flatten", 1, function(_, list)
    return flattened(list, 1)
end)
add("flattenDeep", 1, function(_, list)
    return flattened(list, math.huge)
end)
add("flattenDepth", 2, function(_, list, depth)
    return flattened(list, if depth == nil then 1 else js.to_integer(depth))
end)
add("flatMap", 2, function(_, c, f)
    local change = iteratee(f)
    return flattened(collect(c, function(push, v, k)
        push(change(v, k, c))
    end), 1)
end)
add("compact", 1, function(_, list)
    return collect(list, function(push, v)
        if truthy(v) then
            push(v)
        end
    end)
end)
add("chunk", 2, function(_, list, size)
    local width = if size == nil then 1 else math.max(js.to_integer(size), 0)
    local result = js.array()
    if width > 0 then
        for i = 0, length_of(list) - 1, width do
            js.append(result, js.invoke(js.intrinsics.ArrayPrototype.slice, "call", list, i, i + width))
        end
    end
    return result
end)

local function set_of(lists, key_of)
    local _, set = seen_set()
    for _, list in lists do
        for _, entry in entries_of(list) do
            js.invoke(set, "add", key_of(entry[2]))
        end
    end
    return set
end
local function difference(list, others, key_of)
    local set = set_of(others, key_of)
    return collect(list, function(push, v)
        if not js.invoke(set, "has", key_of(v)) then
            push(v)
        end
    end)
end
add("difference", 2, function(_, list, ...)
    return difference(list, { ... }, iteratee(nil))
end)
add("differenceBy", 3, function(_, list, other, f)
    return difference(list, { other }, iteratee(f))
end)
add("without", 2, function(_, list, ...)
    return difference(list, { js.array(...) }, iteratee(nil))
end)
add("intersection", 2, function(_, list, ...)
    local sets = {}
    for i = 1, select("#", ...) do
        sets[i] = set_of({ (select(i, ...)) }, iteratee(nil))
    end
    local is_new = seen_set()
    return collect(list, function(push, v)
        for _, set in sets do
            if not js.invoke(set, "has", v) then
                return
            end
        end
        if is_new(v) then
            push(v)
        end
    end)
end)
add("union", 2, function(_, ...)
    return unique(flattened(js.array(...), 1), iteratee(nil))
end)
add("concat", 2, function(_, list, ...)
    return flattened(js.array(list, ...), 1)
end)
add("zip", 2, function(_, ...)
    local n, width, result = select("#", ...), 0, js.array()
    local lists = { ... }
    for i = 1, n do
        width = math.max(width, length_of(lists[i]))
    end
    for k = 0, width - 1 do
        local row = {}
        for i = 1, n do
            row[i - 1] = get(lists[i], k)
        end
        js.append(result, js.array_from0(row, n))
    end
    return result
end)
local function head(_, list)
    return if length_of(list) > 0 then get(list, 0) else nil
end
add("head", 1, head)
add("first", 1, head)
add("last", 1, function(_, list)
    local n = length_of(list)
    return if n > 0 then get(list, n - 1) else nil
end)
add("nth", 2, function(_, list, index)
    local i = js.to_integer(index)
    return get(list, if i < 0 then length_of(list) + i else i)
end)
local function part(list, first, last)
    return js.invoke(js.intrinsics.ArrayPrototype.slice, "call", if list == nil or list == null then js.array() else list, first, last)
end
add("initial", 1, function(_, list)
    return part(list, 0, math.max(length_of(list) - 1, 0))
end)
add("tail", 1, function(_, list)
    return part(list, 1)
end)
local function count_of(n)
    return if n == nil then 1 else math.max(js.to_integer(n), 0)
end
add("take", 2, function(_, list, n)
    return part(list, 0, count_of(n))
end)
add("takeRight", 2, function(_, list, n)
    return part(list, math.max(length_of(list) - count_of(n), 0))
end)
add("drop", 2, function(_, list, n)
    return part(list, count_of(n))
end)
add("dropRight", 2, function(_, list, n)
    return part(list, 0, math.max(length_of(list) - count_of(n), 0))
end)
add("slice", 3, function(_, list, first, last)
    return part(list, first, last)
end)
add("indexOf", 3, function(_, list, wanted, from)
    return js.invoke(js.intrinsics.ArrayPrototype.indexOf, "call", list, wanted, from)
end)
add("join", 2, function(_, list, separator)
    return js.invoke(js.intrinsics.ArrayPrototype.join, "call", list, separator)
end)
add("reverse", 1, function(_, list)
    return js.invoke(js.intrinsics.ArrayPrototype.reverse, "call", list)
end)
local function range(_, first, last, step)
    local start, stop = js.to_integer(first), js.to_integer(last)
    if last == nil then
        start, stop = 0, start
    end
    local by = if step == nil then (if start < stop then 1 else -1) else js.to_integer(step)
    local list, n = {}, math.max(math.ceil((stop - start) / (if by == 0 then 1 else by)), 0)
    for i = 0, n - 1 do
        list[i] = start + i * by
    end
    return js.array_from0(list, n)
end
add("range", 3, range)
add("times", 2, function(_, n, f)
    local list, count = {}, math.max(js.to_integer(n), 0)
    for i = 0, count - 1 do
        list[i] = if f == nil then i else f(nil, i)
    end
    return js.array_from0(list, count)
end)
add("sample", 1, function(_, c)
    local list = entries_of(c)
    return if #list == 0 then nil else list[math.floor(native.random() * #list) + 1][2]
end)
add("shuffle", 1, function(_, c)
    local list = entries_of(c)
    for i = #list, 2, -1 do
        local k = math.floor(native.random() * i) + 1
        list[i], list[k] = list[k], list[i]
    end
    local result = {}
    for i, entry in list do
        result[i - 1] = entry[2]
    end
    return js.array_from0(result, #list)
end)
add("castArray", 1, function(_, ...)
    local v = ...
    return if select("#", ...) == 0 then js.array() elseif is_list(v) then v else js.array(v)
end)
add("toArray", 1, function(_, c)
    return collect(c, function(push, v)
        push(v)
    end)
end)
