-- Numbers as text and property keys: ToString of numbers, ToPropertyKey, and back.
-- A canonical integer text is always the number as a key, so `o[0]` and `o["0"]` are one property.
local js, native = ...

local floor, byte, find, format, sub, rep = math.floor, string.byte, string.find, string.format, string.sub, string.rep
local tostring, tonumber, type = tostring, tonumber, type

-- Number::toString for what Luau prints differently: very small and very large numbers.
local function exotic_number_text(n)
    if n ~= n then
        return "NaN"
    elseif n == math.huge then
        return "Infinity"
    elseif n == -math.huge then
        return "-Infinity"
    elseif n == 0 then
        return "0"
    elseif n < 0 then
        return "-" .. exotic_number_text(-n)
    end
    local text = tostring(n)
    local whole, fraction, exponent = string.match(text, "^(%d+)%.?(%d*)e?([+-]?%d*)$")
    local e = tonumber(exponent) or 0
    local digits = whole .. fraction
    local point = #whole + e -- position of the decimal point in `digits`
    local lead = #string.match(digits, "^0*")
    digits = sub(digits, lead + 1)
    point -= lead
    digits = string.match(digits, "^(.-)0*$")
    local k = #digits
    if k <= point and point <= 21 then
        return digits .. rep("0", point - k)
    elseif 0 < point and point <= 21 then
        return sub(digits, 1, point) .. "." .. sub(digits, point + 1)
    elseif -6 < point and point <= 0 then
        return "0." .. rep("0", -point) .. digits
    end
    local sign = if point - 1 < 0 then "-" else "+"
    local mantissa = if k == 1 then digits else sub(digits, 1, 1) .. "." .. sub(digits, 2)
    return mantissa .. "e" .. sign .. format("%d", math.abs(point - 1))
end

local function number_text(n)
    if n == floor(n) and n < 1e15 and n > -1e15 then
        return if n == 0 then "0" else format("%d", n)
    elseif (n > 1e-4 and n < 1e15) or (n < -1e-4 and n > -1e15) then
        return tostring(n)
    end
    return exotic_number_text(n)
end
js.number_to_string = number_text

-- The number a text key stands for, or the text itself. Only called for texts that begin with a digit.
local function text_key(s)
    local n = tonumber(s)
    if n and n <= 9007199254740991 and (s == "0" or byte(s) ~= 48) and not find(s, "%D") and format("%d", n) == s then
        return n
    end
    return s
end

-- ToPropertyKey.
function js.key(v)
    local kind = type(v)
    if kind == "string" then
        local b = byte(v)
        if b and b < 58 and b > 47 then
            return text_key(v)
        end
        return v
    elseif kind == "number" then
        if v >= 0 and v <= 9007199254740991 and floor(v) == v then
            return v
        end
        return number_text(v)
    elseif kind == "table" or kind == "function" then
        if kind == "table" and getmetatable(v) == js.symbol_meta then
            return v
        end
        v = js.to_primitive(v, "string")
        if type(v) == "table" then
            return if getmetatable(v) == js.symbol_meta then v else js.key(js.str(v))
        end
        return js.key(v)
    elseif kind == "nil" then
        return "undefined"
    elseif kind == "boolean" then
        return if v then "true" else "false"
    end
    return js.str(v)
end

-- The JavaScript value of a property key: numbers become text.
function js.key_value(k)
    if type(k) == "number" then
        return format("%d", k)
    end
    return k
end

-- How a key is written in an error message.
function js.key_text(k)
    if type(k) == "table" then
        return "Symbol(" .. (k.description or "") .. ")"
    elseif type(k) == "number" then
        return format("%d", k)
    end
    return tostring(k)
end
