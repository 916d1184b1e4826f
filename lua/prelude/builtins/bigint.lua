--! BigInt: values, constructor, operators. Arithmetic is `native.bigint`.
--! A value is a table with `js.bigint_meta` as metatable and the number in an internal slot. Must not know operators' coercions (core).
local js, native = ...

local big = native.bigint
local Proto = js.intrinsics.BigIntPrototype
local setmetatable, getmetatable, type = setmetatable, getmetatable, type

local meta = js.bigint_meta or {}
js.bigint_meta = meta
meta.primitive = "bigint"
local VALUE = js.slot("BigIntData")

-- Members are the prototype's; a write to a primitive is lost.
function meta.__index(t, k)
    return js.core.get_from(Proto, k, t)
end
function meta.__newindex() end

local function wrap(value)
    return setmetatable({ [VALUE] = value }, meta)
end

local function is_big(x)
    return type(x) == "table" and getmetatable(x) == meta
end

local FAILURES = {
    ["division by zero"] = "Division by zero",
    ["negative exponent"] = "Exponent must be non-negative",
    ["too big"] = "Maximum BigInt size exceeded",
}

local function operate(name, a, b)
    if not is_big(a) or not is_big(b) then
        js.type_error("Cannot mix BigInt and other types, use explicit conversions")
    end
    local value, failure = big.operate(name, a[VALUE], b[VALUE])
    if failure then
        js.range_error(FAILURES[failure] or failure)
    end
    return wrap(value)
end

function js.bigint(text)
    return wrap(big.parse(text))
end

function js.string_to_bigint(text)
    local value = big.parse(text)
    return value and wrap(value)
end

function js.bigint_op(name, a, b)
    if name == "bnot" then
        return wrap(big.invert(a[VALUE]))
    elseif name == "ushr" then
        js.type_error("BigInts have no unsigned right shift, use >> instead")
    end
    return operate(name, a, b)
end

function js.bigint_truthy(x)
    return not big.is_zero(x[VALUE])
end

function js.bigint_text(x)
    return big.to_text(x[VALUE], 10)
end

function js.bigint_to_number(x)
    return big.to_number(x[VALUE])
end

local function compare(a, b)
    if is_big(a) then
        return big.compare(a[VALUE], if is_big(b) then b[VALUE] else b)
    end
    local order = big.compare(b[VALUE], a)
    return order and -order
end
js.bigint_compare = compare

function js.bigint_equals_number(b, n)
    return compare(b, n) == 0
end

for name, operation in { __add = "add", __sub = "sub", __mul = "mul", __div = "div", __mod = "mod", __pow = "pow" } do
    meta[name] = function(a, b)
        return operate(operation, a, b)
    end
end
function meta.__unm(a)
    return wrap(big.negate(a[VALUE]))
end
function meta.__eq(a, b)
    return compare(a, b) == 0
end
function meta.__lt(a, b)
    return compare(a, b) == -1
end
function meta.__le(a, b)
    local order = compare(a, b)
    return order == -1 or order == 0
end
function meta.__tostring(a)
    return big.to_text(a[VALUE], 10)
end

-- ToBigInt.
local function to_bigint(x)
    local v = js.to_primitive(x, "number")
    if is_big(v) then
        return v
    elseif type(v) == "boolean" then
        return js.bigint(if v then "1" else "0")
    elseif type(v) == "string" then
        local value = js.string_to_bigint(v)
        if value == nil then
            js.syntax_error("Cannot convert " .. v .. " to a BigInt")
        end
        return value
    end
    return js.type_error("Cannot convert " .. js.describe(v) .. " to a BigInt")
end
js.to_bigint = to_bigint

local BigInt = js.define_constructor("BigInt", 1, function()
    js.type_error("BigInt is not a constructor")
end, function(_, x)
    local v = js.to_primitive(x, "number")
    if type(v) == "number" then
        local value = big.of_number(v)
        if value == nil then
            js.range_error("The number " .. js.number_to_string(v) .. " cannot be converted to a BigInt because it is not an integer")
        end
        return wrap(value)
    end
    return to_bigint(v)
end, Proto)

local function this_bigint(this, method)
    local v = if is_big(this) then this else js.unwrap(this, "bigint")
    if v == nil then
        js.type_error("BigInt.prototype." .. method .. " requires that 'this' be a BigInt")
    end
    return v
end

local function wrap_bits(signed)
    return function(_, bits, x)
        local count = js.to_index(bits)
        local v = to_bigint(x)
        return wrap(big.wrap_bits(math.min(count, 4294967295), v[VALUE], signed))
    end
end

js.define_methods(BigInt, { "asIntN", 2, wrap_bits(true), "asUintN", 2, wrap_bits(false) })
js.define_methods(Proto, {
    "toLocaleString", 0, function(this)
        local text = big.to_text(this_bigint(this, "toLocaleString")[VALUE], 10)
        local sign, digits = string.match(text, "^(%-?)(%d+)$")
        digits = string.gsub(string.reverse(digits), "(%d%d%d)", "%1,")
        return sign .. (string.gsub(string.reverse(digits), "^,", ""))
    end,
    "toString", 0, function(this, radix)
        local v = this_bigint(this, "toString")
        local base = if radix == nil then 10 else js.to_integer(radix)
        if base < 2 or base > 36 then
            js.range_error("toString() radix must be between 2 and 36")
        end
        return big.to_text(v[VALUE], base)
    end,
    "valueOf", 0, function(this)
        return this_bigint(this, "valueOf")
    end,
})
js.define_value(Proto, js.symbols.toStringTag, "BigInt", "c")

js.define_global("BigInt", BigInt)
