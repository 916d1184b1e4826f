--! JSON: parse with reviver over the native parser, stringify with replacer, indent and toJSON.
--! Plain objects and dense arrays of plain data take a short way. Must not know the parser.
local js, native = ...

local parser = native.json
local quote = parser.quote
local type, getmetatable, rawget, find = type, getmetatable, rawget, string.find
local get, str, number_to_string = js.get, js.str, js.number_to_string
local array_shape = js.array_shape

local JSON = js.new_object()

-- Objects with index-like or repeated keys: through the generic definition.
local function slow_object(list, n)
    local o = js.new_object()
    for i = 1, n, 2 do
        js.create_data(o, js.key(list[i]), list[i + 1])
    end
    return o
end

local function parse_text(text)
    local ok, value = parser.parse(text, js.with_keys, slow_object, array_shape)
    if not ok then
        js.syntax_error(value)
    end
    return value
end
js.json_parse = parse_text

-- InternalizeJSONProperty.
local function revive(holder, key, reviver)
    local value = get(holder, key)
    if js.is_object(value) then
        if js.is_array(value) then
            for i = 0, js.length_of(value) - 1 do
                local new = revive(value, i, reviver)
                if new == nil then
                    js.delete(value, i)
                else
                    js.create_data(value, i, new)
                end
            end
        else
            local keys, n = js.enumerable_own(value)
            for i = 1, n do
                local new = revive(value, keys[i], reviver)
                if new == nil then
                    js.delete(value, keys[i])
                else
                    js.create_data(value, keys[i], new)
                end
            end
        end
    end
    return reviver(holder, js.key_value(key), value)
end

local function quoted(s)
    if find(s, '[%c"\\\237]') then
        return quote(s)
    end
    return '"' .. s .. '"'
end

local function circular(state, value)
    js.type_error("Converting circular structure to JSON\n    --> starting at object with constructor '" .. js.constructor_name(value) .. "'\n    --- property '" .. str(js.key_value(state.key)) .. "' closes the circle")
end

-- Name of the constructor for messages.
js.constructor_name = js.constructor_name or function(o)
    local C = js.get(o, "constructor")
    local name = if type(C) == "function" then js.get(C, "name") else nil
    return if type(name) == "string" and name ~= "" then name else "Object"
end

local serialize

local function write_object(state, o, out)
    local keys, n
    if state.allow then
        keys, n = state.allow, #state.allow
    else
        keys, n = js.enumerable_own(o)
    end
    local gap, outer = state.gap, state.indent
    local inner = outer .. gap
    state.indent = inner
    local opening = if gap == "" then "{" else "{\n" .. inner
    local separator = if gap == "" then "," else ",\n" .. inner
    local colon = if gap == "" then ":" else ": "
    local first = true
    for i = 1, n do
        local key = keys[i]
        local mark = #out
        out[mark + 1] = if first then opening else separator
        out[mark + 2] = if type(key) == "number" then '"' .. number_to_string(key) .. '"' else quoted(key)
        out[mark + 3] = colon
        if serialize(state, o, key, get(o, key), out) then
            first = false
        else
            out[mark + 1], out[mark + 2], out[mark + 3] = nil, nil, nil
        end
    end
    state.indent = outer
    out[#out + 1] = if first then "{}" elseif gap == "" then "}" else "\n" .. outer .. "}"
end

local function write_array(state, o, out)
    local n = js.length_of(o)
    if n == 0 then
        out[#out + 1] = "[]"
        return
    end
    local gap, outer = state.gap, state.indent
    local inner = outer .. gap
    state.indent = inner
    local separator = if gap == "" then "," else ",\n" .. inner
    out[#out + 1] = if gap == "" then "[" else "[\n" .. inner
    for i = 0, n - 1 do
        if i > 0 then
            out[#out + 1] = separator
        end
        local value
        if getmetatable(o) == array_shape and i < o.length then
            value = rawget(o, i)
        else
            value = get(o, i)
        end
        if not serialize(state, o, i, value, out) then
            out[#out + 1] = "null"
        end
    end
    state.indent = outer
    out[#out + 1] = if gap == "" then "]" else "\n" .. outer .. "]"
end

-- SerializeJSONProperty: appends the text and answers true, or answers false for what JSON has no word for.
function serialize(state, holder, key, value, out)
    local kind = type(value)
    if kind == "table" or kind == "function" then
        local to_json = if js.is_bigint(value) then js.get(value, "toJSON") else value.toJSON
        if type(to_json) == "function" then
            value = to_json(value, str(js.key_value(key)))
            kind = type(value)
        end
    end
    if state.replacer then
        value = state.replacer(if holder == nil then state.wrapper else holder, js.key_value(key), value)
        kind = type(value)
    end
    if kind == "table" then
        local s = getmetatable(value)
        if s and s.box then
            local box = s.box
            if box == "number" then
                value = js.num(value)
            elseif box == "string" then
                value = str(value)
            elseif box == "boolean" or box == "bigint" then
                value = js.unwrap(value, box)
            end
            kind = type(value)
        end
    end
    if kind == "string" then
        out[#out + 1] = quoted(value)
    elseif kind == "number" then
        out[#out + 1] = if value - value ~= 0 then "null" else number_to_string(value)
    elseif kind == "boolean" then
        out[#out + 1] = if value then "true" else "false"
    elseif value == null then
        out[#out + 1] = "null"
    elseif kind == "table" and js.is_bigint(value) then
        js.type_error("Do not know how to serialize a BigInt")
    elseif kind ~= "table" or js.is_symbol(value) then
        return false
    else
        if state.open[value] then
            state.key = key
            circular(state, value)
        end
        state.open[value] = true
        state.depth += 1
        if state.depth > 4000 then
            js.range_error("Maximum call stack size exceeded")
        end
        if js.is_array(value) then
            write_array(state, value, out)
        else
            write_object(state, value, out)
        end
        state.depth -= 1
        state.open[value] = nil
    end
    return true
end

local function allow_list(replacer)
    local list, known = {}, {}
    for i = 0, js.length_of(replacer) - 1 do
        local item = get(replacer, i)
        local key
        if type(item) == "string" then
            key = item
        elseif type(item) == "number" then
            key = number_to_string(item)
        elseif type(item) == "table" and getmetatable(item) and (getmetatable(item).box == "string" or getmetatable(item).box == "number") then
            key = str(item)
        end
        if key and not known[key] then
            known[key] = true
            table.insert(list, js.key(key))
        end
    end
    return list
end

local function gap_of(space)
    if type(space) == "table" and getmetatable(space) then
        local box = getmetatable(space).box
        space = if box == "number" then js.num(space) elseif box == "string" then str(space) else space
    end
    if type(space) == "number" then
        return string.rep(" ", math.clamp(js.to_integer(space), 0, 10))
    elseif type(space) == "string" then
        return js.string_prefix and js.string_prefix(space, 10) or string.sub(space, 1, 10)
    end
    return ""
end

local function stringify(value, replacer, space)
    local state = { gap = "", indent = "", open = {}, depth = 0 }
    if type(replacer) == "function" then
        state.replacer = replacer
    elseif js.is_array(replacer) then
        state.allow = allow_list(replacer)
    end
    state.gap = gap_of(space)
    if state.replacer then
        local wrapper = js.new_object()
        js.create_data(wrapper, "", value)
        state.wrapper = wrapper
    end
    local out = {}
    if not serialize(state, nil, "", value, out) then
        return nil
    end
    return table.concat(out)
end

-- For the host: text or nil; `indent` as the third argument of JSON.stringify.
function js.json_stringify(value, indent)
    return stringify(value, nil, indent)
end

js.define_methods(JSON, {
    "parse", 2, function(_, text, reviver)
        local value = parse_text(if type(text) == "string" then text else str(text))
        if type(reviver) == "function" then
            local root = js.new_object()
            js.create_data(root, "", value)
            return revive(root, "", reviver)
        end
        return value
    end,
    "stringify", 3, function(_, value, replacer, space)
        return stringify(value, replacer, space)
    end,
})
js.define_value(JSON, js.symbols.toStringTag, "JSON", "c")
js.define_global("JSON", JSON)
