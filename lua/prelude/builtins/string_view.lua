--! UTF-16 view of strings: lengths, indexes and substrings as scripts count them, over UTF-8 storage.
--! ASCII strings need no view; for others the units and byte offsets of the last two strings are kept, so that loops over
--! one text stay linear. Must not know prototypes.
local js, native = ...

local text = native.text
local utf8_len, sub, byte, find, char = utf8.len, string.sub, string.byte, string.find, utf8.char
local readu16, readu32 = buffer.readu16, buffer.readu32

local view = {}
js.string_view = view

local LONG = 64
local ascii_a, ascii_b -- long strings known to be ASCII
local text_a, units_a, offsets_a, count_a
local text_b, units_b, offsets_b, count_b

local function is_ascii(s)
    local n = #s
    if n < LONG then
        return utf8_len(s) == n
    elseif s == ascii_a or s == ascii_b then
        return true
    elseif s == text_a or s == text_b then
        return false
    end
    if utf8_len(s) == n then
        ascii_a, ascii_b = s, ascii_a
        return true
    end
    return false
end
view.is_ascii = is_ascii

-- Units (u16), byte offsets (u32) and number of units of a string that is not ASCII.
local function open(s)
    if s == text_a then
        return units_a, offsets_a, count_a
    elseif s == text_b then
        text_a, units_a, offsets_a, count_a, text_b, units_b, offsets_b, count_b =
            text_b, units_b, offsets_b, count_b, text_a, units_a, offsets_a, count_a
        return units_a, offsets_a, count_a
    end
    text_b, units_b, offsets_b, count_b = text_a, units_a, offsets_a, count_a
    units_a, offsets_a, count_a = text.view(s)
    text_a = s
    return units_a, offsets_a, count_a
end
view.open = open

local function length(s)
    if is_ascii(s) then
        return #s
    end
    local _, _, n = open(s)
    return n
end
view.length = length
js.string_length = length

local function is_low(unit)
    return unit >= 0xDC00 and unit <= 0xDFFF
end
local function is_high(unit)
    return unit >= 0xD800 and unit <= 0xDBFF
end

-- Does index i (0 < i < n) lie between the halves of a pair?
local function cuts_pair(units, i, n)
    return i > 0 and i < n and is_low(readu16(units, i * 2)) and is_high(readu16(units, i * 2 - 2))
end

-- The units [from, to) of s, 0 <= from <= to <= length.
local function slice(s, from, to)
    if is_ascii(s) then
        return sub(s, from + 1, to)
    end
    if from >= to then
        return ""
    end
    local units, offsets, n = open(s)
    local head, tail = "", ""
    if cuts_pair(units, from, n) then
        head = char(readu16(units, from * 2))
        from += 1
    end
    if from < to and cuts_pair(units, to, n) then
        tail = char(readu16(units, to * 2 - 2))
        to -= 1
    end
    if from >= to then
        return head .. tail
    end
    return head .. sub(s, readu32(offsets, from * 4) + 1, readu32(offsets, to * 4)) .. tail
end
view.slice = slice

-- The unit at index i as a number, nil outside.
local function unit_at(s, i)
    if is_ascii(s) then
        return byte(s, i + 1)
    end
    local units, _, n = open(s)
    if i < 0 or i >= n then
        return nil
    end
    return readu16(units, i * 2)
end
view.unit_at = unit_at

-- The unit at index i as a string, nil outside.
function js.string_char(s, i)
    if i < 0 or i >= length(s) or i % 1 ~= 0 then
        return nil
    end
    return slice(s, i, i + 1)
end

-- Code point at index i and the number of units it takes.
local function code_point_at(s, i)
    local first = unit_at(s, i)
    if first == nil then
        return nil, 0
    end
    if is_high(first) then
        local second = unit_at(s, i + 1)
        if second and is_low(second) then
            return (first - 0xD800) * 1024 + (second - 0xDC00) + 0x10000, 2
        end
    end
    return first, 1
end
view.code_point_at = code_point_at

-- Byte offset (0-based) of unit i; the index of the unit whose character begins at a byte offset.
local function byte_of(s, i)
    if is_ascii(s) then
        return i
    end
    local _, offsets = open(s)
    return readu32(offsets, i * 4)
end
view.byte_of = byte_of

local function unit_of(s, offset)
    if is_ascii(s) then
        return offset
    end
    local _, offsets, n = open(s)
    local low, high = 0, n
    while low < high do
        local middle = (low + high) // 2
        if readu32(offsets, middle * 4) < offset then
            low = middle + 1
        else
            high = middle
        end
    end
    return low
end
view.unit_of = unit_of

local function has_lone(s)
    return find(s, "\237[\160-\191]") ~= nil
end
view.has_lone = has_lone

-- Units equal at `at`?
local function matches_at(s, wanted, at, count)
    for i = 0, count - 1 do
        if unit_at(s, at + i) ~= unit_at(wanted, i) then
            return false
        end
    end
    return true
end

-- Index of `wanted` in `s` at or after `from` (0 <= from <= length), nil when absent.
function view.find(s, wanted, from)
    if is_ascii(s) then
        local at = find(s, wanted, from + 1, true)
        return at and at - 1
    end
    if has_lone(wanted) then
        local count = length(wanted)
        for at = from, length(s) - count do
            if matches_at(s, wanted, at, count) then
                return at
            end
        end
        return nil
    end
    local at = find(s, wanted, byte_of(s, from) + 1, true)
    return at and unit_of(s, at - 1)
end

-- Last index of `wanted` at or before `from`.
function view.find_last(s, wanted, from)
    local count = length(wanted)
    local start = math.min(from, length(s) - count)
    if is_ascii(s) and is_ascii(wanted) then
        for at = start, 0, -1 do
            if sub(s, at + 1, at + count) == wanted then
                return at
            end
        end
        return nil
    end
    for at = start, 0, -1 do
        if matches_at(s, wanted, at, count) then
            return at
        end
    end
    return nil
end

-- The text of n units or code points; halves of a pair side by side are joined.
function view.from_units(list, n)
    if n == 1 then
        return char(list[1])
    end
    local parts, count, i = table.create(n), 0, 1
    while i <= n do
        local unit = list[i]
        local follower = list[i + 1]
        if i < n and is_high(unit) and is_low(follower) then
            unit = (unit - 0xD800) * 1024 + (follower - 0xDC00) + 0x10000
            i += 1
        end
        count += 1
        parts[count] = char(unit)
        i += 1
    end
    return table.concat(parts)
end
