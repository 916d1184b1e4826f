--! `querystring`: parse, stringify, escape, unescape.
local js, native = ...

local querystring = js.new_object()
local function add(name, length, f)
    js.define_value(querystring, name, js.define_function(name, length, f), "wec")
end

local function text_of(v)
    local kind = type(v)
    if kind == "string" then
        return v
    elseif kind == "number" and v - v == 0 or kind == "boolean" or js.is_bigint(v) then
        return js.str(v)
    end
    return ""
end

local function escape(text)
    return js.global("encodeURIComponent")(nil, text)
end

local function unescape(text)
    text = string.gsub(text, "+", " ")
    local ok, decoded = pcall(js.global("decodeURIComponent"), nil, text)
    return if ok then decoded else text
end

add("escape", 1, function(_, text)
    return escape(js.str(text))
end)
add("unescape", 1, function(_, text)
    return unescape(js.str(text))
end)
add("stringify", 4, function(_, o, separator, equals)
    local sep, eq = separator or "&", equals or "="
    local parts = {}
    if js.is_object(o) then
        local keys, n = js.enumerable_own(o)
        for i = 1, n do
            local value, name = js.get(o, keys[i]), escape(js.str(js.key_value(keys[i])))
            if js.is_array(value) then
                for k = 0, js.length_of(value) - 1 do
                    table.insert(parts, name .. eq .. escape(text_of(js.get(value, k))))
                end
            else
                table.insert(parts, name .. eq .. escape(text_of(value)))
            end
        end
    end
    return table.concat(parts, sep)
end)
add("parse", 4, function(_, text, separator, equals)
    local sep, eq = separator or "&", equals or "="
    local result = js.new_object(null)
    local s, at = js.str(text), 1
    while s ~= "" and at <= #s + 1 do
        local stop = string.find(s, sep, at, true) or #s + 1
        local piece = string.sub(s, at, stop - 1)
        at = stop + #sep
        if piece ~= "" then
            local split = string.find(piece, eq, 1, true)
            local name = js.key(unescape(if split then string.sub(piece, 1, split - 1) else piece))
            local value = if split then unescape(string.sub(piece, split + #eq)) else ""
            local known = js.get(result, name)
            if known == nil then
                js.create_data(result, name, value)
            elseif js.is_array(known) then
                js.append(known, value)
            else
                js.create_data(result, name, js.array(known, value))
            end
        end
    end
    return result
end)
js.define_value(querystring, "encode", js.get(querystring, "stringify"), "wec")
js.define_value(querystring, "decode", js.get(querystring, "parse"), "wec")

return querystring
