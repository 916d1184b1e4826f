--! encodeURI, encodeURIComponent, decodeURI, decodeURIComponent, escape, unescape. Strings are UTF-8 already, so bytes are encoded as they are.
local js, native = ...

local str = js.str
local byte, char, sub, find, format, gsub = string.byte, string.char, string.sub, string.find, string.format, string.gsub

local MARKS = "A-Za-z0-9%-_%.!~%*'%(%)"
local RESERVED = ";/%?:@&=%+%$,#"

local function encoder(name, keep)
    local other = "[^" .. keep .. "]"
    return js.define_function(name, 1, function(_, text)
        local s = str(text)
        if find(s, "\237[\160-\191]") then
            js.uri_error("URI malformed")
        end
        return (gsub(s, other, function(c)
            return format("%%%02X", byte(c))
        end))
    end)
end

-- Number of continuation bytes after a leading byte, nil when it cannot lead.
local function following(b)
    if b >= 0xC2 and b <= 0xDF then
        return 1
    elseif b >= 0xE0 and b <= 0xEF then
        return 2
    elseif b >= 0xF0 and b <= 0xF4 then
        return 3
    end
    return nil
end

local HEX = {} -- byte of a hex digit → its value
for i = 0, 15 do
    HEX[byte(format("%x", i))], HEX[byte(format("%X", i))] = i, i
end

local function escaped_byte(s, at)
    local mark, high, low = byte(s, at, at + 2)
    local a, b = HEX[high or 0], HEX[low or 0]
    if mark ~= 37 or a == nil or b == nil then
        return js.uri_error("URI malformed")
    end
    return a * 16 + b
end

local function decoder(name, keep_encoded)
    return js.define_function(name, 1, function(_, text)
        local s = str(text)
        if not find(s, "%", 1, true) then
            return s
        end
        local parts, at = {}, 1
        while true do
            local percent = find(s, "%", at, true)
            if not percent then
                table.insert(parts, sub(s, at))
                return table.concat(parts)
            end
            table.insert(parts, sub(s, at, percent - 1))
            local b = escaped_byte(s, percent)
            at = percent + 3
            if b < 0x80 then
                local c = char(b)
                table.insert(parts, if find(keep_encoded, c, 1, true) then sub(s, percent, percent + 2) else c)
            else
                local more = following(b)
                if more == nil then
                    js.uri_error("URI malformed")
                end
                local bytes = char(b)
                for _ = 1, more do
                    bytes ..= char(escaped_byte(s, at))
                    at += 3
                end
                if utf8.len(bytes) ~= 1 then
                    js.uri_error("URI malformed")
                end
                table.insert(parts, bytes)
            end
        end
    end)
end

js.define_global("encodeURIComponent", encoder("encodeURIComponent", MARKS))
js.define_global("encodeURI", encoder("encodeURI", MARKS .. RESERVED))
js.define_global("decodeURIComponent", decoder("decodeURIComponent", ""))
js.define_global("decodeURI", decoder("decodeURI", ";/?:@&=+$,#"))

js.define_global("escape", js.define_function("escape", 1, function(_, text)
    native.need("string_view")
    local s = str(text)
    local out = {}
    for i = 0, js.string_view.length(s) - 1 do
        local unit = js.string_view.unit_at(s, i)
        local c = if unit < 128 then char(unit) else ""
        out[i + 1] = if find(c, "^[A-Za-z0-9@%*_%+%-%./]") then c elseif unit < 256 then format("%%%02X", unit) else format("%%u%04X", unit)
    end
    return table.concat(out)
end))

js.define_global("unescape", js.define_function("unescape", 1, function(_, text)
    native.need("string_view")
    local s = str(text)
    local units, n, at = {}, 0, 0
    local length = js.string_view.length(s)
    while at < length do
        local unit, width = js.string_view.unit_at(s, at), 1
        if unit == 37 then
            local long = string.match(js.string_view.slice(s, at, math.min(at + 6, length)), "^%%u(%x%x%x%x)")
            local short = string.match(js.string_view.slice(s, at, math.min(at + 3, length)), "^%%(%x%x)")
            if long then
                unit, width = tonumber(long, 16), 6
            elseif short then
                unit, width = tonumber(short, 16), 3
            end
        end
        n += 1
        units[n] = unit
        at += width
    end
    return js.string_view.from_units(units, n)
end))
