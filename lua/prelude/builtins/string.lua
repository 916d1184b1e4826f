--! String: constructor, fromCharCode, fromCodePoint, raw, and the methods that do not involve patterns.
--! Pattern methods (match, replace, split, …) are in string_pattern.lua. Must not know how strings are stored: that is string_view.lua.
local js, native = ...

native.need("string_view")
local view, text = js.string_view, native.text
local Proto, symbols = js.intrinsics.StringPrototype, js.symbols
local is_ascii, length, slice = view.is_ascii, view.length, view.slice
local str, to_integer, type_error, range_error = js.str, js.to_integer, js.type_error, js.range_error
local type, select, sub, clamp, find = type, select, string.sub, math.clamp, string.find

local MAX_LENGTH = 536870888

local S = {}
js.string_helpers = S

-- RequireObjectCoercible(this) and ToString.
local function this_string(this, method)
    if type(this) == "string" then
        return this
    elseif this == nil or this == null then
        type_error("String.prototype." .. method .. " called on null or undefined")
    end
    return str(this)
end
S.this_string = this_string

local String
String = js.define_constructor("String", 1, function(new_target, ...)
    local s = if select("#", ...) == 0 then "" else str((...))
    local proto = if new_target == String then nil else js.get_proto(js.create_from_constructor(new_target, "StringPrototype"))
    return js.wrap_primitive(s, "string", proto)
end, function(_, ...)
    if select("#", ...) == 0 then
        return ""
    end
    local v = ...
    if js.is_symbol(v) then
        return js.key_text(v)
    end
    return str(v)
end, Proto)

js.define_methods(String, {
    "fromCharCode", 1, function(_, ...)
        local n = select("#", ...)
        local list = { ... }
        for i = 1, n do
            list[i] = js.to_uint32(list[i]) % 65536
        end
        return view.from_units(list, n)
    end,
    "fromCodePoint", 1, function(_, ...)
        local n = select("#", ...)
        local list = { ... }
        for i = 1, n do
            local code = js.num(list[i])
            if code ~= code or code % 1 ~= 0 or code < 0 or code > 0x10FFFF then
                range_error("Invalid code point " .. str(list[i]))
            end
            list[i] = code
        end
        return view.from_units(list, n)
    end,
    "raw", 1, function(_, template, ...)
        local strings = js.to_object(js.get(js.to_object(template), "raw"))
        local n = js.length_of(strings)
        local count = select("#", ...)
        local parts = {}
        for i = 0, n - 1 do
            table.insert(parts, str(js.get(strings, i)))
            if i + 1 < n and i < count then
                table.insert(parts, str((select(i + 1, ...))))
            end
        end
        return table.concat(parts)
    end,
})

local function not_pattern(x, method)
    if js.is_object(x) then
        local matcher = js.get(x, symbols.match)
        local is_pattern = if matcher ~= nil then js.truthy(matcher) else js.is_regexp and js.is_regexp(x)
        if is_pattern then
            type_error("First argument to String.prototype." .. method .. " must not be a regular expression")
        end
    end
    return str(x)
end

local function pad(this, method, max_length, filler, at_start)
    local s = this_string(this, method)
    local wanted = js.to_length(max_length)
    local n = length(s)
    if wanted <= n then
        return s
    end
    local fill = if filler == nil then " " else str(filler)
    local unit = length(fill)
    if unit == 0 then
        return s
    end
    if wanted > MAX_LENGTH then
        range_error("Invalid string length")
    end
    local missing = wanted - n
    local padding = slice(string.rep(fill, missing // unit + 1), 0, missing)
    return if at_start then padding .. s else s .. padding
end

local function trim(this, method, mode)
    local s = this_string(this, method)
    if is_ascii(s) then
        if mode ~= "end" then
            s = sub(s, (find(s, "[^\t-\r ]") or #s + 1))
        end
        if mode ~= "start" then
            local stop = #s
            local b = string.byte(s, stop)
            while stop > 0 and (b == 32 or (b >= 9 and b <= 13)) do
                stop -= 1
                b = string.byte(s, stop)
            end
            s = sub(s, 1, stop)
        end
        return s
    end
    return text.trim(s, mode)
end

local function case(method, ascii, other)
    return function(this)
        local s = this_string(this, method)
        if is_ascii(s) then
            return ascii(s)
        end
        return other(s)
    end
end
local function upper(method)
    return case(method, string.upper, function(s)
        return text.upper(s)
    end)
end
local function lower(method)
    return case(method, string.lower, function(s)
        return text.lower(s)
    end)
end

local function this_value(this)
    local s = if this == Proto then "" else js.unwrap(this, "string")
    if s == nil then
        type_error("String.prototype.toString requires that 'this' be a String")
    end
    return s
end

local trim_start = function(this)
    return trim(this, "trimStart", "start")
end
local trim_end = function(this)
    return trim(this, "trimEnd", "end")
end

js.define_methods(Proto, {
    "at", 1, function(this, index)
        local s = this_string(this, "at")
        local i = to_integer(index)
        local n = length(s)
        if i < 0 then
            i += n
        end
        if i < 0 or i >= n then
            return nil
        end
        return slice(s, i, i + 1)
    end,
    "charAt", 1, function(this, index)
        local s = this_string(this, "charAt")
        local i = to_integer(index)
        if i < 0 or i >= length(s) then
            return ""
        end
        return slice(s, i, i + 1)
    end,
    "charCodeAt", 1, function(this, index)
        local s = this_string(this, "charCodeAt")
        local i = to_integer(index)
        if i < 0 then
            return 0 / 0
        end
        return view.unit_at(s, i) or 0 / 0
    end,
    "codePointAt", 1, function(this, index)
        local s = this_string(this, "codePointAt")
        local i = to_integer(index)
        if i < 0 then
            return nil
        end
        return (view.code_point_at(s, i))
    end,
    "concat", 1, function(this, ...)
        local parts = { this_string(this, "concat") }
        for i = 1, select("#", ...) do
            parts[i + 1] = str((select(i, ...)))
        end
        return table.concat(parts)
    end,
    "endsWith", 1, function(this, wanted, stop)
        local s = this_string(this, "endsWith")
        local w = not_pattern(wanted, "endsWith")
        local n = length(s)
        local last = if stop == nil then n else clamp(to_integer(stop), 0, n)
        local first = last - length(w)
        return first >= 0 and slice(s, first, last) == w
    end,
    "includes", 1, function(this, wanted, from)
        local s = this_string(this, "includes")
        local w = not_pattern(wanted, "includes")
        return view.find(s, w, clamp(to_integer(from), 0, length(s))) ~= nil
    end,
    "indexOf", 1, function(this, wanted, from)
        local s = this_string(this, "indexOf")
        local w = str(wanted)
        return view.find(s, w, clamp(to_integer(from), 0, length(s))) or -1
    end,
    "isWellFormed", 0, function(this)
        return text.is_well_formed(this_string(this, "isWellFormed"))
    end,
    "lastIndexOf", 1, function(this, wanted, from)
        local s = this_string(this, "lastIndexOf")
        local w = str(wanted)
        local position = js.num(from)
        local n = length(s)
        local start = if position ~= position then n else clamp(to_integer(position), 0, n)
        return view.find_last(s, w, start) or -1
    end,
    "localeCompare", 1, function(this, other)
        local s = this_string(this, "localeCompare")
        local w = str(other)
        if s == w then
            return 0
        end
        return text.compare(s, w)
    end,
    "normalize", 0, function(this, form)
        local s = this_string(this, "normalize")
        local f = if form == nil then "NFC" else str(form)
        if f ~= "NFC" and f ~= "NFD" and f ~= "NFKC" and f ~= "NFKD" then
            range_error("The normalization form should be one of NFC, NFD, NFKC, NFKD.")
        end
        if is_ascii(s) then
            return s
        end
        return text.normalize(s, f)
    end,
    "padEnd", 1, function(this, max_length, filler)
        return pad(this, "padEnd", max_length, filler, false)
    end,
    "padStart", 1, function(this, max_length, filler)
        return pad(this, "padStart", max_length, filler, true)
    end,
    "repeat", 1, function(this, count)
        local s = this_string(this, "repeat")
        local n = to_integer(count)
        if n < 0 or n == math.huge then
            range_error("Invalid count value: " .. str(count))
        end
        if s == "" then
            return ""
        elseif #s * n > MAX_LENGTH then
            range_error("Invalid string length")
        end
        return string.rep(s, n)
    end,
    "slice", 2, function(this, first, last)
        local s = this_string(this, "slice")
        local n = length(s)
        local from = js.relative_index(first, n, 0)
        local to = js.relative_index(last, n, n)
        if from >= to then
            return ""
        end
        return slice(s, from, to)
    end,
    "startsWith", 1, function(this, wanted, from)
        local s = this_string(this, "startsWith")
        local w = not_pattern(wanted, "startsWith")
        local n = length(s)
        local first = clamp(to_integer(from), 0, n)
        local last = first + length(w)
        return last <= n and slice(s, first, last) == w
    end,
    "substr", 2, function(this, first, count)
        local s = this_string(this, "substr")
        local n = length(s)
        local from = js.relative_index(first, n, 0)
        local to = if count == nil then n else math.min(from + math.max(to_integer(count), 0), n)
        if from >= to then
            return ""
        end
        return slice(s, from, to)
    end,
    "substring", 2, function(this, first, last)
        local s = this_string(this, "substring")
        local n = length(s)
        local from = clamp(to_integer(first), 0, n)
        local to = if last == nil then n else clamp(to_integer(last), 0, n)
        if from > to then
            from, to = to, from
        end
        return slice(s, from, to)
    end,
    "toLocaleLowerCase", 0, lower("toLocaleLowerCase"),
    "toLocaleUpperCase", 0, upper("toLocaleUpperCase"),
    "toLowerCase", 0, lower("toLowerCase"),
    "toString", 0, function(this)
        return this_value(this)
    end,
    "toUpperCase", 0, upper("toUpperCase"),
    "toWellFormed", 0, function(this)
        return text.to_well_formed(this_string(this, "toWellFormed"))
    end,
    "trim", 0, function(this)
        return trim(this, "trim", "both")
    end,
    "trimEnd", 0, trim_end,
    "trimStart", 0, trim_start,
    "valueOf", 0, function(this)
        return this_value(this)
    end,
})
js.define_value(Proto, "trimLeft", js.get(Proto, "trimStart"), "wc")
js.define_value(Proto, "trimRight", js.get(Proto, "trimEnd"), "wc")

js.define_global("String", String)
native.need("string_pattern")
