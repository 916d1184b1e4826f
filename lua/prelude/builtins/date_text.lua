--! Calendar arithmetic of Date, its texts, and Date.parse. A time is milliseconds since 1970 in UTC.
--! Must not know Date objects.
local js, native = ...

local D = {}
js.date_helpers = D

local floor, abs, format, sub = math.floor, math.abs, string.format, string.sub
local to_integer = js.to_integer
local NAN = 0 / 0
local MS_PER_DAY, MS_PER_MINUTE = 86400000, 60000
local MAX_TIME = 8.64e15

local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }
local LONG_MONTHS = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December" }
local DAYS = { [0] = "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local LONG_DAYS = { [0] = "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" }
local ZONE_NAMES = {
    UTC = "Coordinated Universal Time", GMT = "Greenwich Mean Time", CET = "Central European Standard Time", CEST = "Central European Summer Time",
    EST = "Eastern Standard Time", EDT = "Eastern Daylight Time", CST = "Central Standard Time", CDT = "Central Daylight Time",
    MST = "Mountain Standard Time", MDT = "Mountain Daylight Time", PST = "Pacific Standard Time", PDT = "Pacific Daylight Time",
    BST = "British Summer Time", WET = "Western European Standard Time", WEST = "Western European Summer Time",
    EET = "Eastern European Standard Time", EEST = "Eastern European Summer Time", JST = "Japan Standard Time", IST = "India Standard Time",
}

-- Days since 1970 of a civil date (proleptic Gregorian calendar, month 0-based).
local function days_from_civil(year, month, day)
    local y = if month < 2 then year - 1 else year
    local era = floor(y / 400)
    local year_of_era = y - era * 400
    local day_of_year = floor((153 * ((month + 10) % 12) + 2) / 5) + day - 1
    local day_of_era = year_of_era * 365 + floor(year_of_era / 4) - floor(year_of_era / 100) + day_of_year
    return era * 146097 + day_of_era - 719468
end

local function civil_from_days(days)
    local z = days + 719468
    local era = floor(z / 146097)
    local day_of_era = z - era * 146097
    local year_of_era = floor((day_of_era - floor(day_of_era / 1460) + floor(day_of_era / 36524) - floor(day_of_era / 146096)) / 365)
    local day_of_year = day_of_era - (365 * year_of_era + floor(year_of_era / 4) - floor(year_of_era / 100))
    local shifted = floor((5 * day_of_year + 2) / 153)
    local month = (shifted + 2) % 12
    local year = year_of_era + era * 400
    return if month < 2 then year + 1 else year, month, day_of_year - floor((153 * shifted + 2) / 5) + 1
end

function D.fields(t)
    local days = floor(t / MS_PER_DAY)
    local rest = t - days * MS_PER_DAY
    local year, month, day = civil_from_days(days)
    return {
        year = year,
        month = month,
        day = day,
        weekday = (days + 4) % 7,
        hours = rest // 3600000,
        minutes = rest // 60000 % 60,
        seconds = rest // 1000 % 60,
        ms = rest % 1000,
    }
end
local fields = D.fields

local function is_finite(x)
    return x - x == 0
end

function D.make_day(year, month, day)
    if not (is_finite(year) and is_finite(month) and is_finite(day)) then
        return NAN
    end
    local y, m = to_integer(year), to_integer(month)
    y += floor(m / 12)
    if abs(y) > 400000 then
        return NAN
    end
    return days_from_civil(y, m % 12, 1) + to_integer(day) - 1
end

function D.make_time(hours, minutes, seconds, ms)
    if not (is_finite(hours) and is_finite(minutes) and is_finite(seconds) and is_finite(ms)) then
        return NAN
    end
    return to_integer(hours) * 3600000 + to_integer(minutes) * 60000 + to_integer(seconds) * 1000 + to_integer(ms)
end

function D.time_clip(t)
    if not is_finite(t) or abs(t) > MAX_TIME then
        return NAN
    end
    return to_integer(t) + 0
end

local zone_name -- decided at first use
local function zone()
    if zone_name == nil then
        zone_name = native.time_zone and native.time_zone() or ""
    end
    return if zone_name == "" then nil else zone_name
end

-- Minutes east of UTC at a moment and the abbreviation.
local function offset_at(t)
    local name = zone()
    if name == "UTC" or t ~= t then
        return 0, "UTC"
    end
    return native.date.at(name, t)
end

function D.local_time(t)
    return t + offset_at(t) * MS_PER_MINUTE
end
local local_time = D.local_time

function D.to_utc(t)
    local name = zone()
    if name == "UTC" or not is_finite(t) then
        return t
    end
    return t - native.date.of_local(name, t) * MS_PER_MINUTE
end

local function year_text(year)
    return if year < 0 then format("-%04d", -year) else format("%04d", year)
end

function D.to_iso(t)
    local f = fields(t)
    local year = if f.year >= 0 and f.year <= 9999 then format("%04d", f.year) else format("%s%06d", if f.year < 0 then "-" else "+", abs(f.year))
    return format("%s-%02d-%02dT%02d:%02d:%02d.%03dZ", year, f.month + 1, f.day, f.hours, f.minutes, f.seconds, f.ms)
end

local function date_text(f)
    return format("%s %s %02d %s", DAYS[f.weekday], MONTHS[f.month + 1], f.day, year_text(f.year))
end

function D.to_date_text(t)
    return date_text(fields(local_time(t)))
end

function D.to_time_text(t)
    local f = fields(local_time(t))
    local minutes, abbreviation = offset_at(t)
    local sign = if minutes < 0 then "-" else "+"
    local whole = floor(abs(minutes))
    return format("%02d:%02d:%02d GMT%s%02d%02d (%s)", f.hours, f.minutes, f.seconds, sign, whole // 60, whole % 60, ZONE_NAMES[abbreviation] or abbreviation)
end

function D.to_text(t)
    if t ~= t then
        return "Invalid Date"
    end
    return D.to_date_text(t) .. " " .. D.to_time_text(t)
end

function D.to_utc_text(t)
    local f = fields(t)
    return format("%s, %02d %s %s %02d:%02d:%02d GMT", DAYS[f.weekday], f.day, MONTHS[f.month + 1], year_text(f.year), f.hours, f.minutes, f.seconds)
end

-- Local fields, or those of options.timeZone when it is UTC or a known zone.
local function locale_fields(t, options)
    local name = if js.is_object(options) then options.timeZone else nil
    if type(name) == "string" then
        if name == "UTC" then
            return fields(t)
        end
        return fields(t + native.date.at(name, t) * MS_PER_MINUTE)
    end
    return fields(local_time(t))
end

local function option(options, name)
    return if js.is_object(options) then js.get(options, name) else nil
end

local function locale_date(f, options)
    local weekday, year, month, day = option(options, "weekday"), option(options, "year"), option(options, "month"), option(options, "day")
    if weekday == nil and year == nil and month == nil and day == nil then
        return format("%d/%d/%d", f.month + 1, f.day, f.year)
    end
    local day_text = day and (if day == "2-digit" then format("%02d", f.day) else format("%d", f.day))
    local year_part = year and (if year == "2-digit" then format("%02d", f.year % 100) else format("%d", f.year))
    local prefix = weekday and (if weekday == "long" then LONG_DAYS[f.weekday] else DAYS[f.weekday])
    local result
    if month == "long" or month == "short" then
        result = if month == "long" then LONG_MONTHS[f.month + 1] else MONTHS[f.month + 1]
        result ..= if day_text then " " .. day_text else ""
        result ..= if year_part then (if day_text then ", " else " ") .. year_part else ""
    else
        local list = {}
        for _, part in { month and (if month == "2-digit" then format("%02d", f.month + 1) else format("%d", f.month + 1)) or false, day_text or false, year_part or false } do
            if part then
                table.insert(list, part)
            end
        end
        result = table.concat(list, "/")
    end
    return if prefix then (if result == "" then prefix else prefix .. ", " .. result) else result
end

local function locale_time(f, options)
    local hour, minute, second = option(options, "hour"), option(options, "minute"), option(options, "second")
    local hour12 = option(options, "hour12")
    local all = hour == nil and minute == nil and second == nil
    local h = if hour12 == false then f.hours else (f.hours + 11) % 12 + 1
    local two = hour == "2-digit" or hour12 == false
    local parts = {}
    if all or hour then
        table.insert(parts, if two then format("%02d", h) else format("%d", h))
    end
    if all or minute then
        table.insert(parts, format("%02d", f.minutes))
    end
    if all or second then
        table.insert(parts, format("%02d", f.seconds))
    end
    return table.concat(parts, ":") .. (if hour12 == false then "" elseif f.hours < 12 then " AM" else " PM")
end

function D.to_locale_date(t, _, options)
    return locale_date(locale_fields(t, options), options)
end

function D.to_locale_time(t, _, options)
    return locale_time(locale_fields(t, options), options)
end

function D.to_locale(t, _, options)
    local f = locale_fields(t, options)
    local names_date = option(options, "weekday") or option(options, "year") or option(options, "month") or option(options, "day")
    local names_time = option(options, "hour") or option(options, "minute") or option(options, "second")
    if names_date and not names_time then
        return locale_date(f, options)
    elseif names_time and not names_date then
        return locale_time(f, options)
    end
    return locale_date(f, options) .. ", " .. locale_time(f, options)
end

-- The ISO form of ECMAScript; nil when the text is not one.
local function parse_iso(text)
    local sign, year_digits, rest = string.match(text, "^([+-]?)(%d+)(.*)$")
    if not year_digits or (sign == "" and #year_digits ~= 4) or (sign ~= "" and #year_digits ~= 6) then
        return nil
    end
    local year = tonumber(year_digits)
    if sign == "-" then
        if year == 0 then
            return nil
        end
        year = -year
    end
    local month, day = 1, 1
    local m, after = string.match(rest, "^%-(%d%d)(.*)$")
    if m then
        month, rest = tonumber(m), after
        local d, after_day = string.match(rest, "^%-(%d%d)(.*)$")
        if d then
            day, rest = tonumber(d), after_day
        end
    end
    if month < 1 or month > 12 or day < 1 or day > days_from_civil(year + month // 12, month % 12, 1) - days_from_civil(year, month - 1, 1) then
        return nil
    end
    local base = days_from_civil(year, month - 1, day) * MS_PER_DAY
    if rest == "" then
        return base
    end
    local h, min, tail = string.match(rest, "^[T ](%d%d):(%d%d)(.*)$")
    if not h or (sub(rest, 1, 1) == " " and sign ~= "") then
        return nil
    end
    local hours, minutes, seconds, ms = tonumber(h), tonumber(min), 0, 0
    local s, after_seconds = string.match(tail, "^:(%d%d)(.*)$")
    if s then
        seconds, tail = tonumber(s), after_seconds
        local fraction, after_fraction = string.match(tail, "^%.(%d+)(.*)$")
        if fraction then
            ms, tail = tonumber(sub(fraction .. "00", 1, 3)), after_fraction
        end
    end
    if hours > 24 or minutes > 59 or seconds > 59 or (hours == 24 and (minutes + seconds + ms) > 0) then
        return nil
    end
    local t = base + hours * 3600000 + minutes * 60000 + seconds * 1000 + ms
    if tail == "" then
        return D.to_utc(t)
    elseif tail == "Z" then
        return t
    end
    local zone_sign, zone_hours, zone_minutes = string.match(tail, "^([+-])(%d%d):?(%d%d)$")
    if not zone_sign or tonumber(zone_hours) > 23 or tonumber(zone_minutes) > 59 then
        return nil
    end
    local minutes_east = (tonumber(zone_hours) * 60 + tonumber(zone_minutes)) * (if zone_sign == "-" then -1 else 1)
    return t - minutes_east * MS_PER_MINUTE
end

local ZONES = { gmt = 0, utc = 0, ut = 0, z = 0, est = -300, edt = -240, cst = -360, cdt = -300, mst = -420, mdt = -360, pst = -480, pdt = -420 }

local function month_of(word)
    local short = string.lower(sub(word, 1, 3))
    for i, name in MONTHS do
        if string.lower(name) == short then
            return i - 1
        end
    end
    return nil
end

local function is_weekday(word)
    local short = string.lower(sub(word, 1, 3))
    for i = 0, 6 do
        if string.lower(DAYS[i]) == short then
            return true
        end
    end
    return false
end

local function full_year(n, digits)
    if digits <= 2 then
        return if n < 50 then 2000 + n else 1900 + n
    end
    return n
end

-- The forms `toString`, `toUTCString` and people write: words, numbers, `h:m:s`, `m/d/y`.
local function parse_loose(text)
    text = string.gsub(text, "%b()", " ")
    local year, month, day, zone_minutes
    local hours, minutes, seconds, ms = 0, 0, 0, 0
    local numbers = {}
    local at, n, saw_time = 1, #text, false
    while at <= n do
        local h, m, stop = string.match(text, "^(%d%d?):(%d%d)()", at)
        local a, sep, b, c, date_stop = string.match(text, "^(%d+)([/%-])(%d+)%2(%d+)()", at)
        local zone_sign, zone_digits, zone_stop = string.match(text, "^([+-])(%d%d:?%d%d)()", at)
        local digits, digits_stop = string.match(text, "^(%d+)()", at)
        local word, word_stop = string.match(text, "^(%a+)()", at)
        if h and not saw_time then
            hours, minutes, saw_time = tonumber(h), tonumber(m), true
            at = stop
            local s, after = string.match(text, "^:(%d%d)()", at)
            if s then
                seconds, at = tonumber(s), after
                local fraction, after_fraction = string.match(text, "^%.(%d+)()", at)
                if fraction then
                    ms, at = tonumber(sub(fraction .. "00", 1, 3)), after_fraction
                end
            end
        elseif a and #a <= 4 then
            if #a > 2 then
                year, month, day = tonumber(a), tonumber(b) - 1, tonumber(c)
            else
                year, month, day = full_year(tonumber(c), #c), tonumber(a) - 1, tonumber(b)
            end
            at = date_stop
        elseif zone_sign and saw_time then
            local plain = string.gsub(zone_digits, ":", "")
            local minutes_east = tonumber(sub(plain, 1, 2)) * 60 + tonumber(sub(plain, 3, 4))
            zone_minutes = if zone_sign == "-" then -minutes_east else minutes_east
            at = zone_stop
        elseif digits then
            table.insert(numbers, digits)
            at = digits_stop
        elseif word then
            local lower = string.lower(word)
            if ZONES[lower] then
                zone_minutes = zone_minutes or ZONES[lower]
            elseif lower == "pm" or lower == "am" then
                if hours > 12 then
                    return NAN
                end
                hours = hours % 12 + (if lower == "pm" then 12 else 0)
            elseif month_of(word) and month == nil then
                month = month_of(word)
            elseif not is_weekday(word) and lower ~= "t" and lower ~= "st" and lower ~= "nd" and lower ~= "rd" and lower ~= "th" then
                return NAN
            end
            at = word_stop
        else
            at += 1
        end
    end
    if month == nil then
        return NAN
    end
    for _, digits in numbers do
        if day == nil and #digits <= 2 then
            day = tonumber(digits)
        elseif year == nil then
            year = full_year(tonumber(digits), #digits)
        elseif day == nil then
            day = tonumber(digits)
        else
            return NAN
        end
    end
    day = day or 1
    year = year or 2001
    if day < 1 or day > 31 or month < 0 or month > 11 or hours > 24 or minutes > 59 or seconds > 59 then
        return NAN
    end
    local t = days_from_civil(year, month, day) * MS_PER_DAY + hours * 3600000 + minutes * 60000 + seconds * 1000 + ms
    return if zone_minutes then t - zone_minutes * MS_PER_MINUTE else D.to_utc(t)
end

function D.parse(text)
    text = string.match(text, "^%s*(.-)%s*$")
    return D.time_clip(parse_iso(text) or parse_loose(text))
end
