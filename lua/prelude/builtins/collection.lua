--! The ordered table behind Map and Set: insertion order, deletion and clearing while iterators are under way, SameValueZero keys.
--! Must not know Map or Set.
local js, native = ...

local setmetatable, type = setmetatable, type

local collection = {}
js.collection = collection

local GONE, NAN, UNDEFINED = {}, {}, {} -- stand-ins: a deleted entry, and keys Lua tables cannot have
local COMPACT_FROM = 32 -- deleted entries before the lists are packed

-- What stands for `key` in the index: equal under SameValueZero means the same stand-in.
local function token(data, key)
    if key == nil then
        return UNDEFINED
    elseif key ~= key then
        return NAN
    elseif type(key) == "table" and js.is_bigint(key) then
        local text = js.bigint_text(key)
        local big = data.bigs[text]
        if big == nil then
            big = {}
            data.bigs[text] = big
        end
        return big
    end
    return key
end

-- keys and values by place, index from key to place, number of places used, number of live entries.
function collection.new()
    return { keys = {}, values = {}, index = {}, used = 0, size = 0, bigs = {}, cursors = setmetatable({}, { __mode = "k" }) }
end

function collection.has(data, key)
    return data.index[token(data, key)] ~= nil
end

function collection.get(data, key)
    local place = data.index[token(data, key)]
    return place and data.values[place]
end

function collection.set(data, key, value)
    local t = token(data, key)
    local place = data.index[t]
    if place == nil then
        if key == 0 then
            key = 0
        end
        place = data.used + 1
        data.used = place
        data.size += 1
        data.index[t] = place
        data.keys[place] = if key == nil then UNDEFINED else key
    end
    data.values[place] = value
end

-- Packs the lists; cursors under way move with their entries.
local function compact(data)
    local keys, values, index, at = {}, {}, {}, 0
    local moved = {}
    for place = 1, data.used do
        local key = data.keys[place]
        if key ~= GONE then
            at += 1
            keys[at], values[at] = key, data.values[place]
            index[token(data, if key == UNDEFINED then nil else key)] = at
        end
        moved[place] = at
    end
    for cursor in data.cursors do
        cursor.place = moved[math.min(cursor.place, data.used)] or 0
    end
    data.keys, data.values, data.index, data.used = keys, values, index, at
end

function collection.delete(data, key)
    local t = token(data, key)
    local place = data.index[t]
    if place == nil then
        return false
    end
    data.index[t] = nil
    data.keys[place], data.values[place] = GONE, nil
    data.size -= 1
    if data.used - data.size > COMPACT_FROM and data.size < data.used // 2 then
        compact(data)
    end
    return true
end

function collection.clear(data)
    for cursor in data.cursors do
        cursor.place = 0
    end
    data.keys, data.values, data.index, data.bigs = {}, {}, {}, {}
    data.used, data.size = 0, 0
end

-- A place in the order; `collection.next(data, cursor)` → true, key, value, or false at the end.
function collection.cursor(data)
    local cursor = { place = 0 }
    data.cursors[cursor] = true
    return cursor
end

function collection.next(data, cursor)
    local keys, place = data.keys, cursor.place
    while place < data.used do
        place += 1
        local key = keys[place]
        if key ~= GONE then
            cursor.place = place
            if key == UNDEFINED then
                return true, nil, data.values[place]
            end
            return true, key, data.values[place]
        end
    end
    cursor.place = place
    return false
end

-- Iterator functions for js.make_iterator.
function collection.stepper(data, kind)
    local cursor = collection.cursor(data)
    local done = false
    return function()
        if done then
            return false
        end
        local more, key, value = collection.next(data, cursor)
        if not more then
            done = true
            data.cursors[cursor] = nil
            return false
        elseif kind == "key" then
            return true, key
        elseif kind == "value" then
            return true, value
        end
        return true, js.array(key, value)
    end
end
