--! Date: constructor, getters and setters. Calendar arithmetic and texts are in date_text.lua; local time comes from `native.date`.
--! Must not know time zones' rules.
local js, native = ...

native.need("date_text")
local D, symbols = js.date_helpers, js.symbols
local Proto = js.intrinsics.DatePrototype
local type, rawget, rawset, select = type, rawget, rawset, select
local num, type_error = js.num, js.type_error
local NAN = 0 / 0
local VALUE = js.slot("DateValue")
local MS_PER_DAY = 86400000

local time_clip, make_time, make_day, local_time, to_utc = D.time_clip, D.make_time, D.make_day, D.local_time, D.to_utc

local function is_date(x)
    return type(x) == "table" and rawget(x, VALUE) ~= nil
end
js.is_date = is_date

local function this_time(this)
    local t = type(this) == "table" and rawget(this, VALUE)
    if not t then
        type_error("this is not a Date object.")
    end
    return t
end

-- Milliseconds of year, month, … given as numbers.
local function from_parts(year, month, day, hours, minutes, seconds, ms)
    if year == year and math.abs(year) ~= math.huge then
        local whole = js.to_integer(year)
        if whole >= 0 and whole <= 99 then
            year = 1900 + whole
        end
    end
    return make_day(year, month, day) * MS_PER_DAY + make_time(hours, minutes, seconds, ms)
end

local function parts_of(...)
    local n = select("#", ...)
    local list = { NAN, 0, 1, 0, 0, 0, 0 }
    local given = { ... }
    for i = 1, math.min(n, 7) do
        list[i] = num(given[i])
    end
    return from_parts(table.unpack(list))
end

local function now()
    return math.floor(native.now_ms())
end

local function construct(new_target, ...)
    local n = select("#", ...)
    local t
    if n == 0 then
        t = now()
    elseif n == 1 then
        local value = ...
        if is_date(value) then
            t = rawget(value, VALUE)
        else
            local v = js.to_primitive(value)
            t = if type(v) == "string" then D.parse(v) else time_clip(num(v))
        end
    else
        t = time_clip(to_utc(parts_of(...)))
    end
    local date = js.create_from_constructor(new_target, "DatePrototype")
    rawset(date, VALUE, t)
    return date
end

local Date = js.define_constructor("Date", 7, construct, function()
    return D.to_text(now())
end, Proto)

function js.new_date(ms)
    return js.new(Date, ms)
end

js.define_methods(Date, {
    "now", 0, function()
        return now()
    end,
    "parse", 1, function(_, text)
        return D.parse(js.str(text))
    end,
    "UTC", 7, function(_, ...)
        return time_clip(parts_of(...))
    end,
})

-- Getters: `getX` of local time and `getUTCX`.
local fields = D.fields
local GETTERS = { FullYear = "year", Month = "month", Date = "day", Day = "weekday", Hours = "hours", Minutes = "minutes", Seconds = "seconds", Milliseconds = "ms" }
for name, field in GETTERS do
    js.define_methods(Proto, {
        "get" .. name, 0, function(this)
            local t = this_time(this)
            if t ~= t then
                return NAN
            end
            return fields(local_time(t))[field]
        end,
        "getUTC" .. name, 0, function(this)
            local t = this_time(this)
            if t ~= t then
                return NAN
            end
            return fields(t)[field]
        end,
    })
end

-- Setters: which fields the arguments set, the first one being required.
local SETTERS = {
    Milliseconds = { "ms" },
    Seconds = { "seconds", "ms" },
    Minutes = { "minutes", "seconds", "ms" },
    Hours = { "hours", "minutes", "seconds", "ms" },
    Date = { "day" },
    Month = { "month", "day" },
    FullYear = { "year", "month", "day" },
}

local function setter(names, is_utc)
    local is_year = names[1] == "year"
    return function(this, ...)
        local t = this_time(this)
        local count = math.clamp(select("#", ...), 1, #names)
        local given = { ... }
        for i = 1, count do
            given[i] = num(given[i])
        end
        if t ~= t then
            if not is_year then
                return NAN
            end
            t = 0
        elseif not is_utc then
            t = local_time(t)
        end
        local f = fields(t)
        for i = 1, count do
            f[names[i]] = given[i]
        end
        local value = make_day(f.year, f.month, f.day) * MS_PER_DAY + make_time(f.hours, f.minutes, f.seconds, f.ms)
        local result = time_clip(if is_utc then value else to_utc(value))
        rawset(this, VALUE, result)
        return result
    end
end

for name, names in SETTERS do
    js.define_methods(Proto, { "set" .. name, #names, setter(names, false), "setUTC" .. name, #names, setter(names, true) })
end

local function text_method(make)
    return function(this, ...)
        local t = this_time(this)
        if t ~= t then
            return "Invalid Date"
        end
        return make(t, ...)
    end
end

local to_primitive_order = { string = { "toString", "valueOf" }, default = { "toString", "valueOf" }, number = { "valueOf", "toString" } }

js.define_methods(Proto, {
    "getTime", 0, function(this)
        return this_time(this)
    end,
    "valueOf", 0, function(this)
        return this_time(this)
    end,
    "getTimezoneOffset", 0, function(this)
        local t = this_time(this)
        if t ~= t then
            return NAN
        end
        return (t - local_time(t)) / 60000
    end,
    "getYear", 0, function(this)
        local t = this_time(this)
        if t ~= t then
            return NAN
        end
        return fields(local_time(t)).year - 1900
    end,
    "setTime", 1, function(this, value)
        this_time(this)
        local t = time_clip(num(value))
        rawset(this, VALUE, t)
        return t
    end,
    "toISOString", 0, function(this)
        local t = this_time(this)
        if t ~= t then
            js.range_error("Invalid time value")
        end
        return D.to_iso(t)
    end,
    "toJSON", 1, function(this)
        local o = js.to_object(this)
        local v = js.to_primitive(o, "number")
        if type(v) == "number" and v - v ~= 0 then
            return null
        end
        return js.invoke(o, "toISOString")
    end,
    "toString", 0, text_method(D.to_text),
    "toDateString", 0, text_method(D.to_date_text),
    "toTimeString", 0, text_method(D.to_time_text),
    "toUTCString", 0, text_method(D.to_utc_text),
    "toLocaleString", 0, text_method(D.to_locale),
    "toLocaleDateString", 0, text_method(D.to_locale_date),
    "toLocaleTimeString", 0, text_method(D.to_locale_time),
})
js.define_value(Proto, "toGMTString", js.get(Proto, "toUTCString"), "wc")

local exotic = js.define_function("[Symbol.toPrimitive]", 1, function(this, hint)
    if not js.is_object(this) then
        type_error("Date.prototype[Symbol.toPrimitive] called on non-object")
    end
    local order = if type(hint) == "string" then to_primitive_order[hint] else nil
    if order == nil then
        type_error("Invalid hint: " .. js.describe(hint))
    end
    for _, name in order do
        local method = js.get(this, name)
        if type(method) == "function" then
            local v = method(this)
            if not js.is_object(v) then
                return v
            end
        end
    end
    return type_error("Cannot convert object to primitive value")
end)
js.define_value(Proto, symbols.toPrimitive, exotic, "c")

js.data_readers = js.data_readers or {}
table.insert(js.data_readers, function(o)
    local t = rawget(o, VALUE)
    if t ~= nil then
        return "date", t
    end
    return nil
end)

js.define_global("Date", Date)
