-- Lists of own keys: [[OwnPropertyKeys]] and the enumerable ones, cached on shapes where possible.
local js, native = ...

local core = js.core
local type, band = type, bit32.band
local storage, shape_of = core.storage, core.shape_of
local ENUMERABLE = core.ENUMERABLE

-- [[OwnPropertyKeys]]: a 1-based list the caller must not change, and its length.
local function own_keys(o)
    local t = storage(o)
    local s = shape_of(t)
    local rest, n = core.ordered_keys(s)
    local list, count, extra
    if s.array then
        list, count = core.array_indexes(t, s)
        extra = "length"
    elseif s.exotic then
        list, extra = s.exotic.keys(t)
        count = #list
    else
        return rest, n
    end
    local i = 1
    while type(rest[i]) == "number" and rest[i] < 4294967295 do
        if not s.array then -- array_indexes listed them
            count += 1
            list[count] = rest[i]
        end
        i += 1
    end
    if extra then
        count += 1
        list[count] = extra
    end
    table.move(rest, i, n, count + 1, list)
    return list, count + n - i + 1
end
js.own_keys = own_keys

-- Own enumerable keys without symbols; the list must not be changed.
local function enumerable_own(o)
    local t = storage(o)
    local s = shape_of(t)
    if s == js.array_shape then
        return core.array_indexes(t, s)
    end
    local cached = s.enumerables
    if cached and s.ordered then
        return cached, #cached
    end
    local keys, n = own_keys(t)
    local list, count = {}, 0
    local attrs, special = s.attrs, s.special
    for i = 1, n do
        local k = keys[i]
        if type(k) ~= "table" then
            local d = special and special[k]
            local visible
            if d then
                visible = d.enumerable
            elseif attrs and attrs[k] then
                visible = band(attrs[k], ENUMERABLE) ~= 0
            elseif s.pos[k] then
                visible = true
            elseif s.array then
                visible = k ~= "length"
            else
                local own = s.exotic.get_own(t, k)
                visible = own and own.enumerable
            end
            if visible then
                count += 1
                list[count] = k
            end
        end
    end
    if not s.array and not s.exotic then
        s.enumerables = list
    end
    return list, count
end
js.enumerable_own = enumerable_own
