--! Array methods that order elements or answer a changed copy: sort, toSorted, toReversed, toSpliced, with.
--! The sort is a stable merge sort on a Lua list. Must not know shapes' insides.
local js, native = ...

local Proto = js.intrinsics.ArrayPrototype
local K, shape = js.array_helpers.key, js.array_shape
local get, set, has, delete = js.get, js.set_strict, js.has_property, js.delete_strict
local length_of, to_object, to_integer = js.length_of, js.to_object, js.to_integer
local getmetatable, rawget, type = getmetatable, rawget, type
local from0, type_error = js.array_from0, js.type_error

local LARGEST_COPY = 4294967295
local INSERTION_RUN = 8

local function insertion_sort(list, low, high, before)
    for i = low + 1, high do
        local v = list[i]
        local k = i - 1
        while k >= low and before(v, list[k]) do
            list[k + 1] = list[k]
            k -= 1
        end
        list[k + 1] = v
    end
end

local function merge_sort(list, spare, low, high, before)
    if high - low < INSERTION_RUN then
        return insertion_sort(list, low, high, before)
    end
    local middle = (low + high) // 2
    merge_sort(list, spare, low, middle, before)
    merge_sort(list, spare, middle + 1, high, before)
    if not before(list[middle + 1], list[middle]) then
        return
    end
    table.move(list, low, middle, low, spare)
    local left, right, at = low, middle + 1, low
    while left <= middle and right <= high do
        if before(list[right], spare[left]) then
            list[at] = list[right]
            right += 1
        else
            list[at] = spare[left]
            left += 1
        end
        at += 1
    end
    table.move(spare, left, middle, at, list)
end

local function by_comparator(compare)
    return function(a, b)
        local order = compare(nil, a, b)
        if type(order) ~= "number" then
            order = js.num(order)
        end
        return order < 0
    end
end

-- Default order: by the elements' texts, made once.
local function sort_by_text(list, n)
    local pairs_list, all_strings = table.create(n), true
    for i = 1, n do
        if type(list[i]) ~= "string" then
            all_strings = false
            break
        end
    end
    if all_strings then
        merge_sort(list, {}, 1, n, js.string_before or function(a, b)
            return a < b
        end)
        return
    end
    for i = 1, n do
        pairs_list[i] = { js.str(list[i]), list[i] }
    end
    merge_sort(pairs_list, {}, 1, n, function(a, b)
        return a[1] < b[1]
    end)
    for i = 1, n do
        list[i] = pairs_list[i][2]
    end
end

-- Sorts a list of n values of which none is undefined.
local function sort_list(list, n, compare)
    if compare == nil then
        sort_by_text(list, n)
    else
        merge_sort(list, {}, 1, n, by_comparator(compare))
    end
end

local function check_comparator(compare)
    if compare ~= nil and type(compare) ~= "function" then
        type_error("The comparison function must be either a function or undefined")
    end
end

-- Elements of `o` as a list without undefined, the count, and the number of undefined ones.
local function collect(o, n, skip_holes)
    local list, count, undefined_count = {}, 0, 0
    for k = 0, n - 1 do
        local v
        if getmetatable(o) == shape and k < o.length then
            v = rawget(o, k)
        elseif not skip_holes or has(o, K(k)) then
            v = get(o, K(k))
        else
            continue
        end
        if v == nil then
            undefined_count += 1
        else
            count += 1
            list[count] = v
        end
    end
    return list, count, undefined_count
end

local function sort(this, compare)
    check_comparator(compare)
    local o = to_object(this)
    local n = length_of(o)
    local list, count, undefined_count = collect(o, n, true)
    sort_list(list, count, compare)
    if getmetatable(o) == shape and o.length == n then
        for k = 0, n - 1 do
            o[k] = list[k + 1]
        end
        return o
    end
    for k = 0, count - 1 do
        set(o, K(k), list[k + 1])
    end
    for k = count, count + undefined_count - 1 do
        set(o, K(k), nil)
    end
    for k = count + undefined_count, n - 1 do
        if has(o, K(k)) then
            delete(o, K(k))
        end
    end
    return o
end

local function check_length(n)
    if n > LARGEST_COPY then
        js.range_error("Invalid array length")
    end
end

js.define_methods(Proto, {
    "sort", 1, sort,
    "toReversed", 0, function(this)
        local o = to_object(this)
        local n = length_of(o)
        check_length(n)
        local t = {}
        for k = 0, n - 1 do
            t[k] = get(o, K(n - 1 - k))
        end
        return from0(t, n)
    end,
    "toSorted", 1, function(this, compare)
        check_comparator(compare)
        local o = to_object(this)
        local n = length_of(o)
        check_length(n)
        local list, count = collect(o, n, false)
        sort_list(list, count, compare)
        return js.make_array(n, list)
    end,
    "toSpliced", 2, function(this, ...)
        local argc = select("#", ...)
        local first, skip = ...
        local o = to_object(this)
        local n = length_of(o)
        local start = js.relative_index(first, n, 0)
        local added = math.max(argc - 2, 0)
        local skipped = if argc == 0 then 0 elseif argc == 1 then n - start else math.clamp(to_integer(skip), 0, n - start)
        local total = n + added - skipped
        if total > 9007199254740991 then
            type_error("Invalid array length")
        end
        check_length(total)
        local t = {}
        for k = 0, start - 1 do
            t[k] = get(o, K(k))
        end
        for i = 1, added do
            t[start + i - 1] = (select(i + 2, ...))
        end
        for k = start + added, total - 1 do
            t[k] = get(o, K(k - added + skipped))
        end
        return from0(t, total)
    end,
    "with", 2, function(this, index, value)
        local o = to_object(this)
        local n = length_of(o)
        local i = to_integer(index)
        local at = if i < 0 then n + i else i
        if at < 0 or at >= n then
            js.range_error("Invalid index : " .. js.number_to_string(i))
        end
        check_length(n)
        local t = {}
        for k = 0, n - 1 do
            t[k] = if k == at then value else get(o, K(k))
        end
        return from0(t, n)
    end,
})
