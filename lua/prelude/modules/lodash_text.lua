--! lodash's functions on texts and numbers, the tests of kinds, and small helpers.
local js, native = ...

native.need("string")
local parts = js.lodash_parts
local add, entries_of, is_plain = parts.add, parts.entries_of, parts.is_plain
local type = type

local function text_of(v)
    return if v == nil or v == null then "" elseif type(v) == "string" then v elseif js.is_symbol(v) then js.key_text(v) else js.str(v)
end

local function upper(s)
    return js.invoke(s, "toUpperCase")
end
local function lower(s)
    return js.invoke(s, "toLowerCase")
end
local function first_changed(s, change)
    local first = js.invoke(s, "slice", 0, 1)
    return change(first) .. js.invoke(s, "slice", 1)
end

local WORDS = "[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\\x00-\\x7F]+"

local function words_of(text)
    local clean = string.gsub(text_of(text), "['’]", "")
    local found = js.invoke(clean, "match", js.regexp(WORDS, "g"))
    local list = {}
    if found ~= null then
        for i = 0, js.length_of(found) - 1 do
            list[i + 1] = js.get(found, i)
        end
    end
    return list
end

local function case(separator, change)
    return function(_, text)
        local list = words_of(text)
        for i, word in list do
            list[i] = change(word, i)
        end
        return table.concat(list, separator)
    end
end

add("camelCase", 1, case("", function(word, i)
    local small = lower(word)
    return if i == 1 then small else first_changed(small, upper)
end))
add("kebabCase", 1, case("-", lower))
add("snakeCase", 1, case("_", lower))
add("lowerCase", 1, case(" ", lower))
add("upperCase", 1, case(" ", upper))
add("startCase", 1, case(" ", function(word)
    return first_changed(word, upper)
end))
add("capitalize", 1, function(_, text)
    return first_changed(lower(text_of(text)), upper)
end)
add("upperFirst", 1, function(_, text)
    return first_changed(text_of(text), upper)
end)
add("lowerFirst", 1, function(_, text)
    return first_changed(text_of(text), lower)
end)
add("toUpper", 1, function(_, text)
    return upper(text_of(text))
end)
add("toLower", 1, function(_, text)
    return lower(text_of(text))
end)
add("toString", 1, function(_, v)
    return text_of(v)
end)
add("words", 1, function(_, text)
    local list = words_of(text)
    return js.make_array(#list, list)
end)

local function strip(chars, at_start, at_end)
    local set = {}
    for _, c in utf8.codes(chars) do
        set[utf8.char(c)] = true
    end
    return function(s)
        local list = {}
        for _, c in utf8.codes(s) do
            table.insert(list, utf8.char(c))
        end
        local first, last = 1, #list
        while at_start and first <= last and set[list[first]] do
            first += 1
        end
        while at_end and last >= first and set[list[last]] do
            last -= 1
        end
        return table.concat(list, "", first, last)
    end
end
for name, ends in { trim = { true, true }, trimStart = { true, false }, trimEnd = { false, true } } do
    add(name, 2, function(_, text, chars)
        local s = text_of(text)
        return if chars == nil then js.invoke(s, name) else strip(text_of(chars), ends[1], ends[2])(s)
    end)
end
for name in { startsWith = true, endsWith = true, padStart = true, padEnd = true, ["repeat"] = true, replace = true, split = true } do
    add(name, 3, function(_, text, a, b)
        return js.invoke(text_of(text), name, a, b)
    end)
end
add("pad", 3, function(_, text, width, filler)
    local s = text_of(text)
    local missing = js.to_integer(width) - s.length
    if missing <= 0 then
        return s
    end
    local left = js.invoke(s, "padStart", s.length + missing // 2, filler)
    return js.invoke(left, "padEnd", js.to_integer(width), filler)
end)
local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }
add("escape", 1, function(_, text)
    return (string.gsub(text_of(text), "[&<>\"']", ENTITIES))
end)
add("escapeRegExp", 1, function(_, text)
    return (string.gsub(text_of(text), "[%^%$%.%*%+%?%(%)%[%]%{%}|\\]", "\\%0"))
end)
add("truncate", 2, function(_, text, options)
    local s = text_of(text)
    local most, omission = 30, "..."
    if js.is_object(options) then
        most = if options.length == nil then 30 else js.to_integer(options.length)
        omission = if options.omission == nil then "..." else js.str(options.omission)
    end
    return if s.length <= most then s else js.invoke(s, "slice", 0, math.max(most - omission.length, 0)) .. omission
end)

-- Numbers
add("clamp", 3, function(_, v, low, high)
    if high == nil then
        low, high = -math.huge, low
    end
    return math.max(math.min(js.num(v), js.num(high)), js.num(low))
end)
add("inRange", 3, function(_, v, low, high)
    if high == nil then
        low, high = 0, low
    end
    local a, b = js.num(low), js.num(high)
    return js.num(v) >= math.min(a, b) and js.num(v) < math.max(a, b)
end)
add("random", 2, function(_, low, high)
    local a, b = if low == nil then 0 else js.num(low), if high == nil then (if low == nil then 1 else nil) else js.num(high)
    if b == nil then
        a, b = 0, a
    end
    return a + math.floor(native.random() * (b - a + 1))
end)
for name, f in { round = "round", floor = "floor", ceil = "ceil" } do
    add(name, 2, function(_, v, precision)
        local places = js.to_integer(precision)
        local Math = js.global("Math")
        if places == 0 then
            return js.invoke(Math, f, v)
        end
        local shifted = js.num(js.number_to_string(js.num(v)) .. "e" .. places)
        return js.num(js.number_to_string(js.invoke(Math, f, shifted)) .. "e" .. -places)
    end)
end
add("toNumber", 1, function(_, v)
    return js.num(v)
end)
add("toInteger", 1, function(_, v)
    return js.to_integer(v)
end)

-- Kinds
local function kind_of(v)
    if type(v) ~= "table" or not js.is_object(v) then
        return js.typeof(v)
    end
    local kind, a = js.data_of(v)
    return if kind == "value" then js.typeof(a) else kind
end
local tests = {
    isArray = js.is_array,
    isArrayLike = function(v)
        return type(v) == "string" or (js.is_object(v) and type(v) ~= "function" and type(js.get(v, "length")) == "number")
    end,
    isBoolean = function(v)
        return kind_of(v) == "boolean"
    end,
    isBuffer = function(v)
        return kind_of(v) == "buffer"
    end,
    isDate = function(v)
        return kind_of(v) == "date"
    end,
    isError = function(v)
        local s = type(v) == "table" and getmetatable(v)
        return s ~= nil and s ~= false and s.kind == "error"
    end,
    isFinite = function(v)
        return type(v) == "number" and v - v == 0
    end,
    isFunction = function(v)
        return type(v) == "function"
    end,
    isInteger = function(v)
        return type(v) == "number" and v % 1 == 0
    end,
    isMap = function(v)
        return type(v) == "table" and js.map_slot ~= nil and rawget(v, js.map_slot) ~= nil
    end,
    isNaN = function(v)
        return kind_of(v) == "number" and js.num(v) ~= js.num(v)
    end,
    isNil = function(v)
        return v == nil or v == null
    end,
    isNull = function(v)
        return v == null
    end,
    isNumber = function(v)
        return kind_of(v) == "number"
    end,
    isObject = js.is_object,
    isObjectLike = function(v)
        return js.is_object(v) and type(v) ~= "function"
    end,
    isPlainObject = is_plain,
    isRegExp = function(v)
        return kind_of(v) == "regexp"
    end,
    isSet = function(v)
        return type(v) == "table" and js.set_slot ~= nil and rawget(v, js.set_slot) ~= nil
    end,
    isString = function(v)
        return kind_of(v) == "string"
    end,
    isSymbol = js.is_symbol,
    isUndefined = function(v)
        return v == nil
    end,
    isEmpty = function(v)
        if type(v) == "table" and js.is_object(v) then
            for _, slot in { js.map_slot or false, js.set_slot or false } do
                local data = slot and rawget(v, slot)
                if data then
                    return data.size == 0
                end
            end
        end
        return #entries_of(v) == 0
    end,
}
for name, test in tests do
    add(name, 1, function(_, v)
        return test(v) == true
    end)
end
add("eq", 2, function(_, a, b)
    return js.same_value_zero(a, b)
end)

-- Functions
add("identity", 1, function(_, v)
    return v
end)
add("constant", 1, function(_, v)
    return js.define_function("", 0, function()
        return v
    end)
end)
add("noop", 0, function() end)
add("defaultTo", 2, function(_, v, default)
    return if v == nil or v == null or v ~= v then default else v
end)
add("property", 1, function(_, path)
    return js.define_function("", 1, function(_, object)
        return parts.get_path(object, path)
    end)
end)
add("once", 1, function(_, f)
    local done, value = false, nil
    return js.define_function("", 0, function(this, ...)
        if not done then
            done, value = true, f(this, ...)
        end
        return value
    end)
end)
add("now", 0, function()
    return math.floor(native.now_ms())
end)
local counter = 0
add("uniqueId", 1, function(_, prefix)
    counter += 1
    return text_of(prefix) .. counter
end)
