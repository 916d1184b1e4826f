-- Operators on values of unknown type. Converted code uses plain Luau where it knows the types.
local js, native = ...

local core, symbols = js.core, js.symbols
local type, getmetatable, floor, byte, sub, find, fmod = type, getmetatable, math.floor, string.byte, string.sub, string.find, math.fmod
local null = null
local num, str, numeric, to_primitive, number_text = js.num, js.str, js.numeric, js.to_primitive, js.number_to_string
local band, bor, bxor, bnot, lshift, rshift, arshift = bit32.band, bit32.bor, bit32.bxor, bit32.bnot, bit32.lshift, bit32.rshift, bit32.arshift

-- Two lone surrogates that meet become one character.
local function concat(a, b)
    local n = #a
    if n >= 3 and byte(a, n - 2) == 0xED and byte(b) == 0xED then
        local high, low = byte(a, n - 1), byte(b, 2)
        if high >= 0xA0 and high < 0xB0 and low >= 0xB0 then
            local code = 0x10000 + ((high - 0xA0) * 64 + byte(a, n) - 0x80) * 1024 + (low - 0xB0) * 64 + byte(b, 3) - 0x80
            return sub(a, 1, n - 3) .. utf8.char(code) .. sub(b, 4)
        end
    end
    return a .. b
end
js.concat = concat

function js.add(a, b)
    local ta, tb = type(a), type(b)
    if ta == "number" and tb == "number" then
        return a + b
    elseif ta == "string" then
        if tb == "string" then
            return concat(a, b)
        elseif tb == "number" then
            return a .. number_text(b)
        end
    end
    a, b = to_primitive(a), to_primitive(b)
    if type(a) == "string" or type(b) == "string" then
        return concat(str(a), str(b))
    end
    a, b = numeric(a), numeric(b)
    if type(a) ~= type(b) then
        return js.type_error("Cannot mix BigInt and other types, use explicit conversions")
    end
    return a + b
end

-- ToNumeric of both operands; throws when they are not of one type.
local function operands(a, b)
    a = numeric(a)
    b = numeric(b)
    if type(a) ~= type(b) then
        return js.type_error("Cannot mix BigInt and other types, use explicit conversions")
    end
    return a, b
end

function js.sub(a, b)
    if type(a) ~= "number" or type(b) ~= "number" then
        a, b = operands(a, b)
    end
    return a - b
end
function js.mul(a, b)
    if type(a) ~= "number" or type(b) ~= "number" then
        a, b = operands(a, b)
    end
    return a * b
end
function js.div(a, b)
    if type(a) ~= "number" or type(b) ~= "number" then
        a, b = operands(a, b)
    end
    return a / b
end
function js.mod(a, b)
    if type(a) ~= "number" or type(b) ~= "number" then
        a, b = operands(a, b)
        if type(a) ~= "number" then
            return a % b
        end
    end
    return fmod(a, b)
end
function js.pow(a, b)
    if type(a) ~= "number" or type(b) ~= "number" then
        a, b = operands(a, b)
        if type(a) ~= "number" then
            return a ^ b
        end
    end
    if b ~= b or ((a == 1 or a == -1) and (b == math.huge or b == -math.huge)) then
        return 0 / 0
    end
    return a ^ b
end
function js.neg(a)
    if type(a) ~= "number" then
        a = numeric(a)
    end
    return -a
end
function js.plus(a)
    return if type(a) == "number" then a else num(a)
end
local function one(a)
    return if type(a) == "number" then 1 else js.bigint("1")
end
function js.inc(a)
    if type(a) ~= "number" then
        a = numeric(a)
        return a + one(a)
    end
    return a + 1
end
function js.dec(a)
    if type(a) ~= "number" then
        a = numeric(a)
        return a - one(a)
    end
    return a - 1
end

-- UTF-16 order differs from byte order only between U+E000..U+FFFF and what lies above.
local function text_less(a, b)
    if find(a, "[\238-\244]") and find(b, "[\238-\244]") then
        local i = 1
        while byte(a, i) and byte(a, i) == byte(b, i) do
            i += 1
        end
        local x, y = byte(a, i), byte(b, i)
        if x and y and x >= 238 and y >= 238 and (x >= 240) ~= (y >= 240) then
            return x >= 240
        end
    end
    return a < b
end
js.text_less = text_less

-- IsLessThan on primitives; nil when undefined (NaN).
local function less(a, b)
    local ta, tb = type(a), type(b)
    if ta == "string" and tb == "string" then
        return text_less(a, b)
    elseif ta == "table" or tb == "table" then
        local ka, kb = js.typeof(a), js.typeof(b)
        if ka == "bigint" and tb == "string" then
            b = js.string_to_bigint(b)
            kb = "bigint"
        elseif kb == "bigint" and ta == "string" then
            a = js.string_to_bigint(a)
            ka = "bigint"
        end
        if a == nil or b == nil then
            if (ka == "bigint" and kb == "bigint") then
                return nil
            end
        end
        a = if ka == "bigint" then a else num(a)
        b = if kb == "bigint" then b else num(b)
        if ka == "bigint" or kb == "bigint" then
            local order = js.bigint_compare(a, b)
            return if order == nil then nil else order < 0
        end
    end
    a, b = num(a), num(b)
    if a ~= a or b ~= b then
        return nil
    end
    return a < b
end

function js.lt(a, b)
    local ta, tb = type(a), type(b)
    if ta == "number" and tb == "number" then
        return a < b
    end
    a = to_primitive(a, "number")
    b = to_primitive(b, "number")
    return less(a, b) or false
end
function js.gt(a, b)
    if type(a) == "number" and type(b) == "number" then
        return a > b
    end
    a = to_primitive(a, "number")
    b = to_primitive(b, "number")
    return less(b, a) or false
end
function js.le(a, b)
    if type(a) == "number" and type(b) == "number" then
        return a <= b
    end
    a = to_primitive(a, "number")
    b = to_primitive(b, "number")
    return less(b, a) == false
end
function js.ge(a, b)
    if type(a) == "number" and type(b) == "number" then
        return a >= b
    end
    a = to_primitive(a, "number")
    b = to_primitive(b, "number")
    return less(a, b) == false
end

-- Loose equality.
local function eq(a, b)
    if a == b then
        return true
    end
    local ta, tb = js.typeof(a), js.typeof(b)
    if a == nil or a == null then
        return b == nil or b == null
    elseif b == nil or b == null or ta == tb then
        return false
    elseif ta == "object" or ta == "function" then
        if tb == "object" or tb == "function" then
            return false
        end
        return eq(to_primitive(a), b)
    elseif tb == "object" or tb == "function" then
        return eq(a, to_primitive(b))
    elseif ta == "boolean" then
        return eq(if a then 1 else 0, b)
    elseif tb == "boolean" then
        return eq(a, if b then 1 else 0)
    elseif ta == "symbol" or tb == "symbol" then
        return false
    elseif ta == "bigint" then
        if tb == "string" then
            b = js.string_to_bigint(b)
            return b ~= nil and a == b
        end
        return js.bigint_equals_number(a, b)
    elseif tb == "bigint" then
        return eq(b, a)
    end
    return num(a) == num(b)
end
js.eq = eq
function js.ne(a, b)
    return not eq(a, b)
end
function js.same(a, b)
    return a == b
end

-- Bit operators -------------------------------------------------------------------

local function int32(x)
    if x ~= x or x == math.huge or x == -math.huge then
        return 0
    end
    return (if x < 0 then math.ceil(x) else floor(x)) % 4294967296
end
local function signed(x)
    return if x >= 2147483648 then x - 4294967296 else x
end

-- bit32 takes numbers of this size as they are, also negative and fractional ones.
local EXACT = 9007199254740992
local function bitwise(name, f)
    return function(a, b)
        if type(a) ~= "number" or type(b) ~= "number" then
            a, b = operands(a, b)
            if type(a) ~= "number" then
                return js.bigint_op(name, a, b)
            end
        end
        return signed(f(int32(a), int32(b)))
    end
end
local function small(a, b)
    return type(a) == "number" and type(b) == "number" and a < EXACT and a > -EXACT and b < EXACT and b > -EXACT
end
local band_exact, bor_exact, bxor_exact = bitwise("band", band), bitwise("bor", bor), bitwise("bxor", bxor)
function js.band(a, b)
    if small(a, b) then
        return signed(band(a, b))
    end
    return band_exact(a, b)
end
function js.bor(a, b)
    if small(a, b) then
        return signed(bor(a, b))
    end
    return bor_exact(a, b)
end
function js.bxor(a, b)
    if small(a, b) then
        return signed(bxor(a, b))
    end
    return bxor_exact(a, b)
end
js.shl = bitwise("shl", function(a, b)
    return lshift(a, b % 32)
end)
js.shr = bitwise("shr", function(a, b)
    return arshift(a, b % 32)
end)
function js.ushr(a, b)
    a, b = operands(a, b)
    if type(a) ~= "number" then
        return js.type_error("BigInts have no unsigned right shift, use >> instead")
    end
    return rshift(int32(a), int32(b) % 32)
end
function js.bnot(a)
    a = numeric(a)
    if type(a) ~= "number" then
        return js.bigint_op("bnot", a)
    end
    return signed(bnot(int32(a)))
end

-- Logic on values --------------------------------------------------------------------

function js.either(a, b)
    return if js.truthy(a) then a else b
end
function js.both(a, b)
    return if js.truthy(a) then b else a
end
function js.default(a, b)
    return if a == nil or a == null then b else a
end

-- `key in o`.
function js.has(k, o)
    if not js.is_object(o) then
        return js.type_error("Cannot use 'in' operator to search for '" .. js.key_text(k) .. "' in " .. js.str(o))
    end
    return core.chain_has(core.storage(o), js.key(k))
end

-- OrdinaryHasInstance.
local function ordinary_has_instance(C, x)
    if type(C) ~= "function" then
        return false
    end
    local target = core.bound_targets[C]
    if target then
        return js.instanceof(x, target)
    elseif not js.is_object(x) then
        return false
    end
    local prototype = C.prototype
    if not js.is_object(prototype) then
        return js.type_error("Function has non-object prototype '" .. js.str(prototype) .. "' in instanceof check")
    end
    local p = js.get_proto(x)
    while p ~= null do
        if p == prototype then
            return true
        end
        p = js.get_proto(p)
    end
    return false
end
core.ordinary_has_instance = ordinary_has_instance

function js.instanceof(x, C)
    if not js.is_object(C) then
        return js.type_error("Right-hand side of 'instanceof' is not callable")
    end
    local method = js.get_method(C, symbols.hasInstance)
    if method == core.function_has_instance and method then
        return ordinary_has_instance(C, x)
    elseif method then
        return js.truthy(method(C, x))
    elseif type(C) ~= "function" then
        return js.type_error("Right-hand side of 'instanceof' is not callable")
    end
    return ordinary_has_instance(C, x)
end
