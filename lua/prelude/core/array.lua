-- Arrays: 0-based raw elements and a raw `length`; the shared array shape means "dense and plain".
-- Holes: `holes` on the array's own shape is one range [lo, hi) in which a nil element is absent unless `filled` lists it;
-- outside the range nil is undefined. So `new Array(n)` and `a.length = n` cost nothing. Must not know iteration.
local js, native = ...

local core, intrinsics = js.core, js.intrinsics
local getmetatable, setmetatable, rawget, rawset, type, select = getmetatable, setmetatable, rawget, rawset, type, select
local to_dict = core.to_dict

local LENGTH_MAX = 4294967295

local array_prototype = setmetatable({ length = 0 }, core.dict_shape(intrinsics.ObjectPrototype))
intrinsics.ArrayPrototype = array_prototype

local function prepare_array(s)
    s.array, s.kind = true, "array"
    s.__newindex = core.newindex_array
end
local function array_root(p)
    return core.root_variant(p, "array_root", prepare_array)
end
local array_shape = array_root(array_prototype)
js.array_shape = array_shape
getmetatable(array_prototype).array, getmetatable(array_prototype).kind = true, "array"

function js.array_with_proto(t, n, proto)
    t.length = n
    return setmetatable(t, array_root(proto))
end

-- Makes the table with elements [0..n-1] an array in place.
local function array_from0(t, n)
    t.length = n
    return setmetatable(t, array_shape)
end
js.array_from0 = array_from0

function js.array(...)
    local n = select("#", ...)
    if n == 0 then
        return setmetatable({ length = 0 }, array_shape)
    end
    local first = ...
    local t = if n == 1 then { [0] = first, length = 1 } else { [0] = first, length = n, select(2, ...) }
    return setmetatable(t, array_shape)
end

-- Array of the 1-based Lua list `t` with n elements; the list is consumed.
local function make_array(n, t)
    if n > 0 then
        t[0] = t[1]
        table.move(t, 2, n + 1, 1)
    end
    t.length = n
    return setmetatable(t, array_shape)
end
js.make_array = make_array
js.array_of = make_array

-- The arguments behind the first n as an array.
function js.rest(n, ...)
    local count = select("#", ...) - n
    if count <= 0 then
        return setmetatable({ length = 0 }, array_shape)
    end
    return setmetatable({ [0] = (select(n + 1, ...)), length = count, select(n + 2, ...) }, array_shape)
end

function js.is_array(x)
    if type(x) ~= "table" then
        return false
    end
    local s = getmetatable(x)
    return s ~= nil and s.array == true
end

function js.is_dense(x)
    return type(x) == "table" and getmetatable(x) == array_shape
end

-- A range without holes left: the array may be plain again.
local function forget_holes(t, s)
    s.holes = nil
    if s.n == 0 and not s.special and not s.attrs and not s.fixed and not s.owned_proto and s.proto == array_prototype and not s.exotic then
        setmetatable(t, array_shape)
    end
end

-- Marks [from, to) as holes; the elements there are nil.
local function add_holes(t, s, from, to)
    if from >= to then
        return
    end
    s = to_dict(t, s)
    local holes = s.holes
    if holes == nil then
        s.holes = { lo = from, hi = to, filled = {}, count = 0 }
        return
    end
    local filled = holes.filled
    for i = holes.hi, from - 1 do
        filled[i] = true
        holes.count += 1
    end
    for i = to, holes.lo - 1 do
        filled[i] = true
        holes.count += 1
    end
    for i = math.max(from, holes.lo), math.min(to, holes.hi) - 1 do
        if filled[i] then
            filled[i] = nil
            holes.count -= 1
        end
    end
    holes.lo, holes.hi = math.min(holes.lo, from), math.max(holes.hi, to)
end
core.add_holes = add_holes

-- The hole `k` gets a value.
local function fill_hole(t, s, k)
    local holes = s.holes
    if k == holes.lo then
        k += 1
        local filled = holes.filled
        while filled[k] and k < holes.hi do
            filled[k] = nil
            holes.count -= 1
            k += 1
        end
        holes.lo = k
    elseif k == holes.hi - 1 then
        holes.hi = k
    else
        holes.filled[k] = true
        holes.count += 1
    end
    if holes.lo + holes.count >= holes.hi then
        forget_holes(t, s)
    end
end
core.fill_hole = fill_hole

-- Adds or fills element `k` of an array, known to be absent; false when `length` is read-only.
function core.add_element(t, s, k, v)
    local length = t.length
    if k >= length then
        if s.special and s.special.length then
            return false
        end
        add_holes(t, s, length, k)
        rawset(t, "length", k + 1)
    elseif s.holes then
        fill_hole(t, s, k)
    end
    rawset(t, k, v)
    return true
end

function js.is_hole(a, i)
    return not core.array_has(a, getmetatable(a), i)
end

local function mark_hole(a, i)
    rawset(a, i, nil)
    add_holes(a, getmetatable(a), i, i + 1)
end
js.mark_hole = mark_hole
function js.holes(a, ...)
    for i = 1, select("#", ...) do
        mark_hole(a, (select(i, ...)))
    end
    return a
end

-- n holes.
function js.new_array(n)
    local t = setmetatable({ length = n }, array_shape)
    add_holes(t, array_shape, 0, n)
    return t
end

-- Removes the elements from `length` on, from the end; answers the length reached (a non-configurable element stops it).
local function truncate(t, s, old, new)
    if not s.special and not s.attrs then
        if new == 0 and s == array_shape and old > 64 then
            table.clear(t)
        elseif old - new > 100000 then
            for k in next, table.clone(t) do
                if type(k) == "number" and k >= new then
                    rawset(t, k, nil)
                end
            end
        else
            for i = new, old - 1 do
                rawset(t, i, nil)
            end
        end
        return new
    end
    local present = {}
    for _, k in (core.array_indexes(t, s)) do
        if k >= new then
            table.insert(present, k)
        end
    end
    for at = #present, 1, -1 do
        local i = present[at]
        local special = s.special and s.special[i]
        local bits = s.attrs and s.attrs[i]
        if (special and not special.configurable) or (bits and bits < core.CONFIGURABLE) then
            return i + 1
        end
        if special or bits or s.pos[i] then
            core.remove_key(t, s, i)
        else
            rawset(t, i, nil)
        end
    end
    return new
end

-- ArraySetLength without attributes; false when it could not get there.
function core.change_length(t, s, n)
    local old = t.length
    if n == old then
        return true
    elseif s.special and s.special.length then
        return false
    elseif n > old then
        add_holes(t, s, old, n)
        rawset(t, "length", n)
        return true
    end
    local reached = truncate(t, s, old, n)
    rawset(t, "length", reached)
    local holes = s.holes
    if holes then
        for i = reached, holes.hi - 1 do
            if holes.count == 0 then
                break
            elseif holes.filled[i] then
                holes.filled[i] = nil
                holes.count -= 1
            end
        end
        holes.hi = math.min(holes.hi, reached)
        if holes.lo + holes.count >= holes.hi then
            forget_holes(t, s)
        end
    end
    return reached == n
end

-- ToUint32 of a new length, RangeError when it is none.
function core.length_value(v)
    local n = js.to_uint32(v)
    if n ~= js.num(v) then
        return js.range_error("Invalid array length")
    end
    return n
end

-- `o.length = v`.
function js.set_length(o, v)
    if type(o) == "table" and getmetatable(o) == array_shape and type(v) == "number" then
        local n = o.length
        if v == n then
            return v
        elseif v < n and v >= 0 and v == math.floor(v) then
            truncate(o, array_shape, n, v)
            rawset(o, "length", v)
            return v
        end
    end
    js.set(o, "length", v)
    return v
end

-- Sets the elements [from, to) to `v` when nothing can observe the steps; false otherwise.
function js.fill_elements(a, v, from, to)
    local s = if type(a) == "table" then getmetatable(a) else nil
    if s == nil or not s.array or s.kind ~= "array" or s.special or s.attrs or s.fixed or core.index_special or to > a.length then
        return false
    end
    local holes = s.holes
    if holes and (from > holes.lo or to < holes.hi) then
        return false
    end
    for i = from, to - 1 do
        rawset(a, i, v)
    end
    if holes then
        forget_holes(a, s)
    end
    return true
end

-- Array literals with spread.
function js.append(a, v)
    local n = a.length
    rawset(a, n, v)
    rawset(a, "length", n + 1)
    return a
end

-- All own elements and other number keys of an array, ascending (1-based list).
function core.array_indexes(t, s)
    local list, n, length = {}, 0, t.length
    if s.holes == nil and not s.has_number then
        for i = 0, length - 1 do
            list[i + 1] = i
        end
        return list, length
    end
    local seen = {}
    for k in next, t do
        if type(k) == "number" and k < 4294967295 then
            seen[k] = true
        end
    end
    for i = 1, s.n do
        if type(s.keys[i]) == "number" and s.keys[i] < 4294967295 then
            seen[s.keys[i]] = true
        end
    end
    local holes = s.holes or { lo = length, hi = length, filled = {} }
    for i = 0, holes.lo - 1 do
        seen[i] = true
    end
    for i = holes.hi, length - 1 do
        seen[i] = true
    end
    for k in holes.filled do
        seen[k] = true
    end
    for k in seen do
        n += 1
        list[n] = k
    end
    table.sort(list)
    return list, n
end
