-- Conversions between types: ToPrimitive, ToString, ToNumber, ToObject, truthiness, typeof and the integer conversions of built-ins.
local js, native = ...

local core, symbols = js.core, js.symbols
local symbol_meta = js.symbol_meta
local type, getmetatable, setmetatable, floor, byte, find = type, getmetatable, setmetatable, math.floor, string.byte, string.find
local number_text, null = js.number_to_string, null

-- Objects and functions; symbols and BigInts are tables too but primitive.
local function is_object(x)
    local kind = type(x)
    if kind == "table" then
        local s = getmetatable(x)
        return s == nil or s.primitive == nil
    end
    return kind == "function"
end
js.is_object = is_object

function js.is_callable(x)
    return type(x) == "function"
end

function js.typeof(x)
    local kind = type(x)
    if kind == "table" then
        local s = getmetatable(x)
        return s and s.primitive or "object"
    elseif kind == "nil" then
        return "undefined"
    elseif kind == "string" or kind == "number" or kind == "boolean" or kind == "function" then
        return kind
    end
    return "object"
end

function js.truthy(x)
    if not x or x == "" or x == 0 or x ~= x or x == null then
        return false
    elseif type(x) == "table" then
        local s = getmetatable(x)
        return s == nil or s.primitive ~= "bigint" or js.bigint_truthy(x)
    end
    return true
end

function js.nullish(x)
    return x == nil or x == null
end

-- OrdinaryToPrimitive.
local function ordinary_to_primitive(x, first, second)
    for _, name in { first, second } do
        local method = x[name]
        if type(method) == "function" then
            local v = method(x)
            if not is_object(v) then
                return v
            end
        end
    end
    return js.type_error("Cannot convert object to primitive value")
end
js.ordinary_to_primitive = function(x, hint)
    if hint == "string" then
        return ordinary_to_primitive(x, "toString", "valueOf")
    end
    return ordinary_to_primitive(x, "valueOf", "toString")
end

-- ToPrimitive; hint "default", "string" or "number".
local function to_primitive(x, hint)
    if not is_object(x) then
        return x
    end
    local exotic = x[symbols.toPrimitive]
    if exotic ~= nil and exotic ~= null then
        if type(exotic) ~= "function" then
            return js.type_error(js.describe(exotic) .. " is not a function")
        end
        local v = exotic(x, hint or "default")
        if is_object(v) then
            return js.type_error("Cannot convert object to primitive value")
        end
        return v
    end
    if hint == "string" then
        return ordinary_to_primitive(x, "toString", "valueOf")
    end
    return ordinary_to_primitive(x, "valueOf", "toString")
end
js.to_primitive = to_primitive

-- ToString.
local function str(x)
    local kind = type(x)
    if kind == "string" then
        return x
    elseif kind == "number" then
        return number_text(x)
    elseif kind == "nil" then
        return "undefined"
    elseif kind == "boolean" then
        return if x then "true" else "false"
    elseif x == null then
        return "null"
    elseif kind == "table" then
        local s = getmetatable(x)
        local primitive = s and s.primitive
        if primitive == "symbol" then
            return js.type_error("Cannot convert a Symbol value to a string")
        elseif primitive == "bigint" then
            return tostring(x)
        end
        return str(to_primitive(x, "string"))
    elseif kind == "function" then
        return str(to_primitive(x, "string"))
    end
    return tostring(x)
end
js.str = str

-- StringToNumber for what Luau's own reading cannot be trusted with.
local function text_to_number(s)
    if not find(s, "[^\t\n\v\f\r ]") then
        return 0
    end
    if find(s, "[\128-\255]") then -- maybe spaces beyond ASCII
        return native.number.parse(s)
    end
    s = string.match(s, "^[\t\n\v\f\r ]*(.-)[\t\n\v\f\r ]*$")
    local second = byte(s, 2)
    if byte(s) == 48 and second and second > 57 then
        local radix = if second == 120 or second == 88 then 16 elseif second == 111 or second == 79 then 8 elseif second == 98 or second == 66 then 2 else nil
        if radix then
            local digits = string.sub(s, 3)
            local allowed = if radix == 16 then "^%x+$" elseif radix == 8 then "^[0-7]+$" else "^[01]+$"
            if not find(digits, allowed) then
                return 0 / 0
            end
            local n = 0
            for i = 1, #digits do
                n = n * radix + tonumber(string.sub(digits, i, i), 16)
            end
            return n
        end
    end
    if find(s, "^[+-]?%d+%.?%d*[eE][+-]?%d+$") or find(s, "^[+-]?%d+%.?%d*$") or find(s, "^[+-]?%.%d+$") or find(s, "^[+-]?%.%d+[eE][+-]?%d+$") then
        return tonumber(s)
    end
    local sign, rest = string.match(s, "^([+-]?)(.*)$")
    if rest == "Infinity" then
        return if sign == "-" then -math.huge else math.huge
    end
    return 0 / 0
end
js.string_to_number = text_to_number

-- ToNumber.
local function num(x)
    local kind = type(x)
    if kind == "number" then
        return x
    elseif kind == "string" then
        return text_to_number(x)
    elseif kind == "nil" then
        return 0 / 0
    elseif kind == "boolean" then
        return if x then 1 else 0
    elseif x == null then
        return 0
    elseif kind == "table" then
        local s = getmetatable(x)
        local primitive = s and s.primitive
        if primitive == "symbol" then
            return js.type_error("Cannot convert a Symbol value to a number")
        elseif primitive == "bigint" then
            return js.type_error("Cannot convert a BigInt value to a number")
        end
    end
    return num(to_primitive(x, "number"))
end
js.num = num

-- ToNumeric: a number or a BigInt.
function js.numeric(x)
    if type(x) == "number" then
        return x
    end
    x = to_primitive(x, "number")
    if type(x) == "table" and getmetatable(x).primitive == "bigint" then
        return x
    end
    return num(x)
end

-- ToIntegerOrInfinity.
local function to_integer(x)
    if type(x) ~= "number" then
        x = num(x)
    end
    if x ~= x then
        return 0
    end
    return (if x < 0 then math.ceil(x) else floor(x)) + 0
end
js.to_integer = to_integer

function js.to_length(x)
    local n = to_integer(x)
    return if n <= 0 then 0 elseif n > 9007199254740991 then 9007199254740991 else n
end

function js.to_index(x)
    local n = to_integer(x)
    if n < 0 or n > 9007199254740991 then
        return js.range_error("Invalid index")
    end
    return n
end

local function to_uint32(x)
    if type(x) ~= "number" then
        x = num(x)
    end
    if x ~= x or x == math.huge or x == -math.huge then
        return 0
    end
    x = if x < 0 then math.ceil(x) else floor(x)
    return x % 4294967296
end
js.to_uint32 = to_uint32

function js.to_int32(x)
    x = to_uint32(x)
    return if x >= 2147483648 then x - 4294967296 else x
end

-- The clamped start or end index of slice and friends.
function js.relative_index(x, length, default)
    if x == nil then
        return default
    end
    local n = to_integer(x)
    if n < 0 then
        return math.max(length + n, 0)
    end
    return math.min(n, length)
end

function js.require_object(x)
    if x == nil or x == null then
        return js.type_error("Cannot convert undefined or null to object")
    end
    return x
end

-- LengthOfArrayLike.
function js.length_of(o)
    local n = js.get(o, "length")
    if type(n) == "number" and n >= 0 and floor(n) == n then
        return if n > 9007199254740991 then 9007199254740991 else n
    end
    return js.to_length(n)
end

-- CreateListFromArrayLike: a 1-based Lua list and its length.
function js.array_like(x)
    if not is_object(x) then
        return js.type_error("CreateListFromArrayLike called on non-object")
    end
    local n = js.length_of(x)
    if n > 8000000 then
        return js.range_error("Invalid array length")
    end
    local list = table.create(n)
    for i = 1, n do
        list[i] = x[i - 1]
    end
    return list, n
end

-- Primitive wrappers: `js.wrapper_slot` holds the value.
local VALUE = js.slot("PrimitiveValue")
js.wrapper_slot = VALUE
local wrappers = { string = "StringPrototype", number = "NumberPrototype", boolean = "BooleanPrototype", symbol = "SymbolPrototype", bigint = "BigIntPrototype" }

-- The own properties of a string object: its units and `length`.
local string_exotic = {}
core.string_exotic = string_exotic
function string_exotic.get_own(o, k)
    local s = rawget(o, VALUE)
    if k == "length" then
        return { value = #s == 0 and 0 or s.length, writable = false, enumerable = false, configurable = false }
    elseif type(k) == "number" then
        local unit = s[k]
        if unit ~= nil then
            return { value = unit, writable = false, enumerable = true, configurable = false }
        end
    end
    return nil
end
function string_exotic.keys(o)
    local list, s = {}, rawget(o, VALUE)
    for i = 0, s.length - 1 do
        list[i + 1] = i
    end
    return list, "length"
end

local function wrap(x, kind, proto)
    local s = core.root_variant(proto or js.intrinsics[wrappers[kind]], "wrap_" .. kind, function(shape)
        shape.kind, shape.box, shape.plain = "boxed", kind, nil
        if kind == "string" then
            shape.exotic = string_exotic
        end
    end)
    local o = { [VALUE] = x }
    return setmetatable(o, s)
end
js.wrap_primitive = wrap

-- ToObject.
function js.to_object(x)
    if x == nil or x == null then
        return js.type_error("Cannot convert undefined or null to object")
    elseif is_object(x) then
        return x
    end
    return wrap(x, js.typeof(x))
end

-- `this` of a sloppy function.
function js.sloppy_this(this)
    if this == nil or this == null then
        return js.global_this
    elseif is_object(this) then
        return this
    end
    return wrap(this, js.typeof(this))
end

-- thisSymbolValue and its kin: the primitive in `x` or in a wrapper, nil otherwise.
function js.unwrap(x, kind)
    if js.typeof(x) == kind then
        return x
    elseif type(x) == "table" and getmetatable(x) and getmetatable(x).box == kind then
        return rawget(x, VALUE)
    end
    return nil
end

function js.same_value(a, b)
    if a ~= a then
        return b ~= b
    elseif a == 0 and b == 0 then
        return 1 / a == 1 / b
    end
    return a == b
end

function js.same_value_zero(a, b)
    return a == b or (a ~= a and b ~= b)
end

-- The name of an object's constructor; runs no code of the script.
local function constructor_name(x)
    local t = x
    while t ~= nil do
        local s = getmetatable(t)
        local v = rawget(t, "constructor")
        if v ~= nil or s == nil or (s.special and s.special.constructor) then
            local name = if type(v) == "function" then js.function_name(v) else ""
            return if name == "" then "Object" else name
        end
        t = s.pt
    end
    return "Object"
end

-- A short text for error messages.
function js.describe(x)
    local kind = js.typeof(x)
    if kind == "string" then
        return '"' .. x .. '"'
    elseif kind == "symbol" then
        return js.key_text(x)
    elseif kind == "function" then
        local name = js.function_name(x)
        return if js.is_class and js.is_class(x) then "class " .. name else "function " .. name
    elseif kind == "object" and x ~= null then
        if js.is_array(x) then
            return "[object Array]"
        end
        return "#<" .. constructor_name(x) .. ">"
    end
    return str(x)
end

-- How an object is called in messages about its properties.
js.describe_object = js.describe
