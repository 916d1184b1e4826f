--! Number: constructor, constants, formatting; parseInt and parseFloat, isNaN and isFinite.
--! Digits come from `native.number`. Must not know BigInt beyond converting one.
local js, native = ...

local Proto = js.intrinsics.NumberPrototype
local digits = native.number
local type, to_integer = type, js.to_integer

local MAX_SAFE = 9007199254740991

local function to_number_value(...)
    if select("#", ...) == 0 then
        return 0
    end
    local v = js.numeric((...))
    if js.is_bigint(v) then
        return js.bigint_to_number(v)
    end
    return v
end

local Number
Number = js.define_constructor("Number", 1, function(new_target, ...)
    local v = to_number_value(...)
    local proto = if new_target == Number then nil else js.get_proto(js.create_from_constructor(new_target, "NumberPrototype"))
    return js.wrap_primitive(v, "number", proto)
end, function(_, ...)
    return to_number_value(...)
end, Proto)

local function this_number(x, method)
    if type(x) == "number" then
        return x
    end
    local v = if x == Proto then 0 else js.unwrap(x, "number")
    if v ~= nil then
        return v
    end
    js.type_error("Number.prototype." .. method .. " requires that 'this' be a Number")
end

local function is_integer(x)
    return type(x) == "number" and x % 1 == 0
end

for name, value in
    {
        EPSILON = 2.220446049250313e-16,
        MAX_SAFE_INTEGER = MAX_SAFE,
        MIN_SAFE_INTEGER = -MAX_SAFE,
        MAX_VALUE = 1.7976931348623157e308,
        MIN_VALUE = 5e-324,
        NaN = 0 / 0,
        POSITIVE_INFINITY = 1 / 0,
        NEGATIVE_INFINITY = -1 / 0,
    }
do
    js.define_value(Number, name, value, "")
end

local parse_int = js.define_function("parseInt", 2, function(_, text, radix)
    local s = js.str(text)
    local base = js.to_int32(radix)
    if base ~= 0 and (base < 2 or base > 36) then
        return 0 / 0
    end
    return digits.parse_int(s, base)
end)

local parse_float = js.define_function("parseFloat", 1, function(_, text)
    if type(text) == "number" and text ~= 0 then
        return text
    end
    return digits.parse_float(js.str(text))
end)

js.define_value(Number, "parseInt", parse_int, "wc")
js.define_value(Number, "parseFloat", parse_float, "wc")
js.define_global("parseInt", parse_int)
js.define_global("parseFloat", parse_float)

js.define_methods(Number, {
    "isFinite", 1, function(_, x)
        return type(x) == "number" and x - x == 0
    end,
    "isInteger", 1, function(_, x)
        return is_integer(x)
    end,
    "isNaN", 1, function(_, x)
        return type(x) == "number" and x ~= x
    end,
    "isSafeInteger", 1, function(_, x)
        return is_integer(x) and math.abs(x) <= MAX_SAFE
    end,
})

local function check_digits(value, low, method)
    if value < low or value > 100 then
        js.range_error(method .. "() argument must be between " .. low .. " and 100")
    end
end

js.define_methods(Proto, {
    "toString", 1, function(this, radix)
        local x = this_number(this, "toString")
        local base = if radix == nil then 10 else to_integer(radix)
        if base < 2 or base > 36 then
            js.range_error("toString() radix must be between 2 and 36")
        end
        if base == 10 or x ~= x or x - x ~= 0 then
            return js.number_to_string(x)
        elseif x == 0 then
            return "0"
        end
        return digits.to_radix(x, base)
    end,
    "toLocaleString", 0, function(this, _, options)
        local x = this_number(this, "toLocaleString")
        if x ~= x then
            return "NaN"
        elseif x - x ~= 0 then
            return if x > 0 then "∞" else "-∞"
        end
        local most, least = 3, 0
        if js.is_object(options) then
            local given_least, given_most = options.minimumFractionDigits, options.maximumFractionDigits
            least = if given_least == nil then 0 else to_integer(given_least)
            most = if given_most == nil then math.max(least, 3) else to_integer(given_most)
        end
        local text = digits.to_fixed(x, most)
        local sign, whole, fraction = string.match(text, "^(%-?)(%d+)%.?(%d*)$")
        while #fraction > least and string.sub(fraction, -1) == "0" do
            fraction = string.sub(fraction, 1, -2)
        end
        whole = string.gsub(string.reverse(whole), "(%d%d%d)", "%1,")
        whole = string.gsub(string.reverse(whole), "^,", "")
        return sign .. whole .. (if fraction == "" then "" else "." .. fraction)
    end,
    "toFixed", 1, function(this, count)
        local x = this_number(this, "toFixed")
        local n = to_integer(count)
        if n < 0 or n > 100 then
            js.range_error("toFixed() digits argument must be between 0 and 100")
        end
        if x ~= x or math.abs(x) >= 1e21 then
            return js.number_to_string(x)
        end
        return digits.to_fixed(x, n)
    end,
    "toExponential", 1, function(this, count)
        local x = this_number(this, "toExponential")
        local n = to_integer(count)
        if x ~= x or x - x ~= 0 then
            return js.number_to_string(x)
        end
        check_digits(n, 0, "toExponential")
        return digits.to_exponential(x, if count == nil then nil else n)
    end,
    "toPrecision", 1, function(this, count)
        local x = this_number(this, "toPrecision")
        if count == nil then
            return js.number_to_string(x)
        end
        local n = to_integer(count)
        if x ~= x or x - x ~= 0 then
            return js.number_to_string(x)
        end
        check_digits(n, 1, "toPrecision")
        return digits.to_precision(x, n)
    end,
    "valueOf", 0, function(this)
        return this_number(this, "valueOf")
    end,
})

js.define_global("Number", Number)
js.define_global("isNaN", js.define_function("isNaN", 1, function(_, x)
    local n = js.num(x)
    return n ~= n
end))
js.define_global("isFinite", js.define_function("isFinite", 1, function(_, x)
    local n = js.num(x)
    return n - n == 0
end))
