--! Math. Must not know anything else.
local js, native = ...

local Math = js.new_object()
local num = js.num
local abs, floor, ceil = math.abs, math.floor, math.ceil
local select, type = select, type
local INF, NAN = 1 / 0, 0 / 0

for name, value in
    {
        E = 2.718281828459045,
        LN10 = 2.302585092994046,
        LN2 = 0.6931471805599453,
        LOG10E = 0.4342944819032518,
        LOG2E = 1.4426950408889634,
        PI = 3.141592653589793,
        SQRT1_2 = 0.7071067811865476,
        SQRT2 = 1.4142135623730951,
    }
do
    js.define_value(Math, name, value, "")
end
js.define_value(Math, js.symbols.toStringTag, "Math", "c")

local function unary(f)
    return function(_, x)
        if type(x) ~= "number" then
            x = num(x)
        end
        return f(x)
    end
end

local function round(x)
    if x ~= x or abs(x) >= 4503599627370496 or x == 0 then
        return x
    end
    local whole = floor(x)
    local result = if x - whole >= 0.5 then whole + 1 else whole
    if result == 0 and (x < 0) then
        return -0.0
    end
    return result
end

local function trunc(x)
    if x ~= x or x - x ~= 0 then
        return x
    end
    if x < 0 then
        return ceil(x)
    end
    return floor(x)
end

local function log1p(x)
    if x == 0 or x < -1 then
        return if x == 0 then x else NAN
    end
    if abs(x) > 1e-4 then
        if abs(x) < 0.5 then
            local u = 1 + x
            return math.log(u) * x / (u - 1)
        end
        return math.log(1 + x)
    end
    return x - x * x / 2 + x * x * x / 3 - x * x * x * x / 4
end

local function expm1(x)
    if x == 0 then
        return x
    end
    if abs(x) < 1e-5 then
        return x + x * x / 2 + x * x * x / 6
    end
    if abs(x) < 0.5 then
        return 2 * math.sinh(x / 2) * math.exp(x / 2)
    end
    return math.exp(x) - 1
end

local function cbrt(x)
    if x == 0 or x ~= x or x - x ~= 0 then
        return x
    end
    local root = abs(x) ^ (1 / 3)
    root = root - (root * root * root - abs(x)) / (3 * root * root)
    return if x < 0 then -root else root
end

local function asinh(x)
    if x == 0 or x ~= x or x - x ~= 0 then
        return x
    end
    local a = abs(x)
    local result
    if a > 268435456 then
        result = math.log(a) + 0.6931471805599453
    else
        result = log1p(a + a * a / (1 + math.sqrt(a * a + 1)))
    end
    return if x < 0 then -result else result
end

local function acosh(x)
    if x < 1 or x ~= x then
        return NAN
    elseif x > 268435456 then
        return math.log(x) + 0.6931471805599453
    end
    local t = x - 1
    return log1p(t + math.sqrt(2 * t + t * t))
end

local function atanh(x)
    if x == 0 or x ~= x then
        return x
    elseif abs(x) > 1 then
        return NAN
    end
    return 0.5 * log1p(2 * x / (1 - x))
end

local function clz32(x)
    return bit32.countlz(js.to_uint32(x))
end

local scratch = buffer.create(4)
local function fround(x)
    buffer.writef32(scratch, 0, x)
    return buffer.readf32(scratch, 0)
end

-- Exact where the argument is a power of two or ten.
local function log2(x)
    local mantissa, exponent = math.frexp(x)
    if mantissa == 0.5 then
        return exponent - 1
    end
    return math.log(x, 2)
end

local function log10(x)
    local result = math.log10(x)
    local near = floor(result + 0.5)
    if abs(result - near) < 1e-13 and near >= 0 and near <= 22 and 10 ^ near == x then
        return near
    end
    return result
end

local function exact_pow(base, exponent)
    if exponent ~= exponent then
        return NAN
    elseif exponent == 0 then
        return 1
    elseif abs(exponent) == INF and abs(base) == 1 then
        return NAN
    end
    return base ^ exponent
end

local function extreme(start, better)
    return function(_, ...)
        local result = start
        local n = select("#", ...)
        if n == 2 then
            local a, b = ...
            if type(a) == "number" and type(b) == "number" and a == a and b == b and a ~= b then
                return if better(a, b) then a else b
            end
        end
        local list = { ... }
        for i = 1, n do
            if type(list[i]) ~= "number" then
                list[i] = num(list[i])
            end
        end
        for i = 1, n do
            local v = list[i]
            if v ~= v then
                return NAN
            end
            if better(v, result) or (v == 0 and result == 0 and better(1 / v, 1 / result)) then
                result = v
            end
        end
        return result
    end
end

local function hypot(_, ...)
    local n = select("#", ...)
    local list = { ... }
    local largest, has_nan = 0, false
    for i = 1, n do
        local v = abs(num(list[i]))
        list[i] = v
        has_nan = has_nan or v ~= v
        if v > largest then
            largest = v
        end
    end
    if largest == INF then
        return INF
    elseif has_nan then
        return NAN
    elseif largest == 0 then
        return 0
    end
    local sum, lost = 0, 0
    for i = 1, n do
        local part = (list[i] / largest) ^ 2 - lost
        local next_sum = sum + part
        lost = (next_sum - sum) - part
        sum = next_sum
    end
    return math.sqrt(sum) * largest
end

local function imul(_, a, b)
    local x, y = js.to_uint32(a), js.to_uint32(b)
    local low, high = x % 65536, x // 65536
    local product = (low * y + (high * y % 65536) * 65536) % 4294967296
    return if product >= 2147483648 then product - 4294967296 else product
end

js.define_methods(Math, {
    "abs", 1, unary(abs),
    "acos", 1, unary(math.acos),
    "acosh", 1, unary(acosh),
    "asin", 1, unary(math.asin),
    "asinh", 1, unary(asinh),
    "atan", 1, unary(math.atan),
    "atan2", 2, function(_, y, x)
        y = num(y)
        return math.atan2(y, num(x))
    end,
    "atanh", 1, unary(atanh),
    "cbrt", 1, unary(cbrt),
    "ceil", 1, unary(ceil),
    "clz32", 1, unary(clz32),
    "cos", 1, unary(math.cos),
    "cosh", 1, unary(math.cosh),
    "exp", 1, unary(math.exp),
    "expm1", 1, unary(expm1),
    "floor", 1, unary(floor),
    "fround", 1, unary(fround),
    "hypot", 2, hypot,
    "imul", 2, imul,
    "log", 1, unary(math.log),
    "log10", 1, unary(log10),
    "log1p", 1, unary(log1p),
    "log2", 1, unary(log2),
    "max", 2, extreme(-INF, function(a, b)
        return a > b
    end),
    "min", 2, extreme(INF, function(a, b)
        return a < b
    end),
    "pow", 2, function(_, base, exponent)
        base = num(base)
        return exact_pow(base, num(exponent))
    end,
    "random", 0, function()
        return native.random()
    end,
    "round", 1, unary(round),
    "sign", 1, unary(function(x)
        return if x > 0 then 1 elseif x < 0 then -1 else x
    end),
    "sin", 1, unary(math.sin),
    "sinh", 1, unary(math.sinh),
    "sqrt", 1, unary(math.sqrt),
    "tan", 1, unary(math.tan),
    "tanh", 1, unary(math.tanh),
    "trunc", 1, unary(trunc),
})

js.define_global("Math", Math)
