--! util.inspect: the text of a value as Node's console shows it, and `format` with its % directives.
--! Must not know where the text goes.
local js, native = ...

native.need("string_view")
local inspect = {}
js.inspector = inspect

local type, getmetatable, rawget, find, gsub, format = type, getmetatable, rawget, string.find, string.gsub, string.format
local get, str, number_to_string = js.get, js.str, js.number_to_string
local MOST_ITEMS = 100
local SHORT_ENTRIES = 6 -- more entries than this are set in columns

local function number_text(n)
    return if n == 0 and 1 / n < 0 then "-0" else number_to_string(n)
end

local ESCAPES = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\b"] = "\\b", ["\f"] = "\\f", ["\v"] = "\\v", ["\\"] = "\\\\" }

local function quote(s)
    local mark = "'"
    if find(s, "'", 1, true) then
        mark = if not find(s, '"', 1, true) then '"' elseif not find(s, "`", 1, true) and not find(s, "${", 1, true) then "`" else "'"
    end
    local text = gsub(s, "[%c\\]", function(c)
        return ESCAPES[c] or format("\\x%02X", string.byte(c))
    end)
    if mark == "'" then
        text = gsub(text, "'", "\\'")
    end
    return mark .. text .. mark
end
inspect.quote = quote

local function is_error(o)
    local s = getmetatable(o)
    return type(o) == "table" and s ~= nil and s.kind == "error"
end

local function key_text(key)
    if js.is_symbol(key) then
        return "[" .. js.key_text(key) .. "]"
    elseif type(key) == "number" then
        return "'" .. number_to_string(key) .. "'"
    elseif find(key, "^[A-Za-z_$][%w_$]*$") then
        return key
    end
    return quote(key)
end

local function constructor_name(o)
    local p = o
    while p ~= null and js.is_object(p) do
        local d = js.get_own(p, "constructor")
        if d and type(d.value) == "function" then
            local name = js.get(d.value, "name")
            if type(name) == "string" and name ~= "" then
                return name
            end
        end
        p = js.get_proto(p)
    end
    return nil
end

local function tag_of(o, name)
    local tag = get(o, js.symbols.toStringTag)
    if type(tag) == "string" and tag ~= "" and tag ~= name then
        return " [" .. tag .. "]"
    end
    return ""
end

local function function_text(f)
    local name = get(f, "name")
    local class = js.is_class and js.is_class(f)
    local label = if class then "class" else (js.function_kind and js.function_kind(f) or "Function")
    if class then
        local parent = js.get_proto(f)
        local base = if type(parent) == "function" then get(parent, "name") else nil
        return "[class " .. (if type(name) == "string" and name ~= "" then name else "(anonymous)") .. (if type(base) == "string" and base ~= "" then " extends " .. base else "") .. "]"
    end
    if type(name) == "string" and name ~= "" then
        return "[" .. label .. ": " .. name .. "]"
    end
    return "[" .. label .. " (anonymous)]"
end

local show

-- Lines of own properties as `key: value`.
local function property_entries(state, o, depth, skip_indices, out)
    local keys, n = js.own_keys(o)
    for i = 1, n do
        local key = keys[i]
        local d = js.get_own(o, key)
        if d and d.enumerable and not (skip_indices and type(key) == "number") or (d and state.show_hidden and not (skip_indices and (type(key) == "number" or key == "length"))) then
            local value
            if d.accessor or d.get or d.set then
                value = if d.get and d.set then "[Getter/Setter]" elseif d.get then "[Getter]" else "[Setter]"
            else
                value = show(state, d.value, depth + 1)
            end
            local name = key_text(key)
            if not d.enumerable then
                name = "[" .. name .. "]"
            end
            table.insert(out, name .. ": " .. value)
        end
    end
    return out
end

local function width_of(text)
    return utf8.len(text) or #text
end

-- Number of columns for items of these lengths; 1 when columns do not pay.
local function column_count(state, lengths, count, total_entries)
    local total, longest = 0, 0
    for _, length in lengths do
        total += length + 2
        longest = math.max(longest, length)
    end
    local width = longest + 2
    if width * 3 + state.indent >= state.break_length or not (total / width > 5 or longest <= 6) then
        return 1
    end
    local biased = math.max(width - 3 - math.sqrt(width - total / total_entries), 1)
    local square = math.floor(math.sqrt(2.5 * biased * count) / biased + 0.5)
    return math.min(square, (state.break_length - state.indent) // width, state.compact * 4, 15)
end

-- Puts more than six short array items into columns, as Node does; the last `extra` entries stay on their own line.
local function group_items(state, list, extra, is_number)
    local count, lengths = #list - extra, {}
    for i = 1, count do
        lengths[i] = width_of(list[i])
    end
    local columns = column_count(state, lengths, count, #list)
    if columns <= 1 then
        return list
    end
    local widths = {}
    for i = 1, count do
        local column = (i - 1) % columns + 1
        widths[column] = math.max(widths[column] or 0, lengths[i] + 2)
    end
    local rows = {}
    for i = 1, count, columns do
        local row, last = {}, math.min(i + columns - 1, count)
        for k = i, last do
            local padding = string.rep(" ", widths[k - i + 1] - 2 - lengths[k])
            local cell = if k < last then list[k] .. ", " else list[k]
            if is_number then
                cell = padding .. cell
            elseif k < last then
                cell ..= padding
            end
            table.insert(row, cell)
        end
        table.insert(rows, table.concat(row))
    end
    for i = count + 1, #list do
        table.insert(rows, list[i])
    end
    return rows
end

-- One line where it fits, else one entry a line. `open` is the opening brace with what stands before it.
local function wrap(state, entries, open, close, depth, grouped)
    if #entries == 0 then
        return open .. close
    end
    if state.current - depth < state.compact and not grouped then
        local length = #entries * 2 + state.indent + #open + 10
        local multiline = false
        for _, entry in entries do
            length += width_of(entry)
            multiline = multiline or find(entry, "\n", 1, true) ~= nil
        end
        if length <= state.break_length and not multiline then
            return open .. " " .. table.concat(entries, ", ") .. " " .. close
        end
    end
    local pad = "\n" .. string.rep(" ", state.indent)
    return open .. pad .. "  " .. table.concat(entries, "," .. pad .. "  ") .. pad .. close
end

local function array_entries(state, o, depth)
    local entries, n = {}, js.length_of(o)
    local shown = math.min(n, MOST_ITEMS)
    local all_numbers, k = true, 0
    while k < n and #entries < shown do
        if js.has_own(o, k) then
            local v = get(o, k)
            all_numbers = all_numbers and (type(v) == "number" or js.is_bigint(v))
            table.insert(entries, show(state, v, depth + 1))
            k += 1
        else
            local first = k
            while k < n and not js.has_own(o, k) do
                k += 1
            end
            all_numbers = false
            table.insert(entries, "<" .. (k - first) .. " empty item" .. (if k - first == 1 then "" else "s") .. ">")
        end
    end
    local extra = 0
    if k < n then
        extra = 1
        table.insert(entries, "... " .. (n - k) .. " more item" .. (if n - k == 1 then "" else "s"))
    end
    return entries, extra, all_numbers
end

local function error_text(state, o, depth)
    local stack = get(o, "stack")
    local text
    if type(stack) == "string" and stack ~= "" then
        text = stack
    else
        text = "[" .. str(js.invoke(o, "toString")) .. "]"
    end
    local entries = {}
    local keys, n = js.enumerable_own(o)
    for i = 1, n do
        if keys[i] ~= "stack" and keys[i] ~= "message" then
            table.insert(entries, key_text(keys[i]) .. ": " .. show(state, get(o, keys[i]), depth + 1))
        end
    end
    local cause = js.get_own(o, "cause")
    if cause and not cause.enumerable then
        table.insert(entries, "[cause]: " .. show(state, cause.value, depth + 1))
    end
    if #entries == 0 then
        return text
    end
    state.current = depth
    return wrap(state, entries, text .. " {", "}", depth)
end

local function collection_entries(state, data, depth, with_values)
    local entries = {}
    local cursor = js.collection.cursor(data)
    while true do
        local more, key, value = js.collection.next(data, cursor)
        if not more then
            return entries
        end
        local text = show(state, key, depth + 1)
        table.insert(entries, if with_values then text .. " => " .. show(state, value, depth + 1) else text)
    end
end

local function object_text(state, o, depth)
    local name = constructor_name(o)
    local kind, a, b = js.data_of(o)
    if kind == "value" or (getmetatable(o) and getmetatable(o).box) then
        local box = getmetatable(o).box
        local inner = if kind == "value" then a else js.unwrap(o, box)
        local label = ({ string = "String", number = "Number", boolean = "Boolean", symbol = "Symbol", bigint = "BigInt" })[box or js.typeof(inner)]
        return "[" .. tostring(label) .. ": " .. show(state, inner, depth + 1) .. "]"
    elseif kind == "date" then
        return if a ~= a then "Invalid Date" else js.date_helpers.to_iso(a)
    elseif kind == "regexp" then
        return str(o)
    elseif is_error(o) then
        return error_text(state, o, depth)
    end
    local map_data = js.map_slot and rawget(o, js.map_slot)
    local set_data = js.set_slot and rawget(o, js.set_slot)
    local is_array = js.is_array(o)
    local prefix = ""
    if is_array then
        prefix = if name == "Array" then "" else (name or "[Array: null prototype]") .. "(" .. js.length_of(o) .. ") "
    elseif map_data or set_data then
        prefix = (name or "Map") .. "(" .. (map_data or set_data).size .. ") "
    elseif name == nil then
        prefix = "[Object: null prototype] "
    elseif name ~= "Object" or tag_of(o, name) ~= "" then
        prefix = name .. tag_of(o, name) .. " "
    end
    if depth > state.depth then
        return if is_array then "[" .. (name or "Array") .. "]" else "[" .. (if name == nil then "Object: null prototype" else name .. tag_of(o, name)) .. "]"
    end
    state.current = depth
    state.indent += 2
    local entries, extra, numbers = {}, 0, false
    if is_array then
        entries, extra, numbers = array_entries(state, o, depth)
    elseif map_data then
        entries = collection_entries(state, map_data, depth, true)
    elseif set_data then
        entries = collection_entries(state, set_data, depth, false)
    elseif js.is_promise and js.is_promise(o) then
        local status, value = js.promise_state(o)
        entries[1] = if status == "pending" then "<pending>" elseif status == "rejected" then "<rejected> " .. show(state, value, depth + 1) else show(state, value, depth + 1)
    end
    local count = #entries
    entries = property_entries(state, o, depth, is_array, entries)
    state.indent -= 2
    local grouped = false
    if is_array and #entries > SHORT_ENTRIES and count == #entries then
        local rows = group_items(state, entries, extra, numbers)
        grouped = #rows ~= #entries
        entries = rows
    end
    return wrap(state, entries, prefix .. (if is_array then "[" else "{"), if is_array then "]" else "}", depth, grouped)
end

function show(state, v, depth)
    local kind = type(v)
    if v == nil then
        return "undefined"
    elseif kind == "string" then
        return quote(v)
    elseif kind == "number" then
        return number_text(v)
    elseif kind == "boolean" then
        return tostring(v)
    elseif v == null then
        return "null"
    elseif js.is_symbol(v) then
        return js.key_text(v)
    elseif js.is_bigint(v) then
        return js.bigint_text(v) .. "n"
    elseif kind == "function" then
        local text = function_text(v)
        local entries = if depth > state.depth then {} else property_entries(state, v, depth, false, {})
        state.current = depth
        return if #entries == 0 then text else wrap(state, entries, text .. " {", "}", depth)
    elseif kind ~= "table" then
        return "[" .. kind .. "]"
    end
    inspect.custom = inspect.custom or js.invoke(js.global("Symbol"), "for", "nodejs.util.inspect.custom")
    local custom = get(v, inspect.custom)
    if type(custom) == "function" then
        local result = custom(v, state.depth - depth, js.new_object())
        return if type(result) == "string" then result else show(state, result, depth)
    end
    if state.open[v] then
        state.circular = true
        return "[Circular *1]"
    end
    state.open[v] = true
    local text = object_text(state, v, depth)
    state.open[v] = nil
    if depth == 0 and state.circular then
        return "<ref *1> " .. text
    end
    return text
end

-- The text of a value; options as of util.inspect.
function inspect.text(v, options)
    local state = { depth = 2, open = {}, indent = 0, current = 0, compact = 3, break_length = 80, show_hidden = false }
    if js.is_object(options) then
        local depth = options.depth
        state.depth = if depth == null then math.huge elseif type(depth) == "number" then depth else 2
        state.show_hidden = options.showHidden == true
        if type(options.breakLength) == "number" then
            state.break_length = options.breakLength
        end
        if type(options.compact) == "number" then
            state.compact = options.compact
        elseif options.compact == false then
            state.compact = 0
        end
    end
    return show(state, v, 0)
end

local function shown(v)
    return if type(v) == "string" then v else inspect.text(v)
end

local DIRECTIVES = {
    s = function(v)
        if type(v) == "string" then
            return v
        elseif js.is_bigint(v) then
            return js.bigint_text(v) .. "n"
        elseif js.is_object(v) and not is_error(v) then
            return inspect.text(v, js.object({ depth = 0 }, "depth"))
        elseif type(v) == "number" then
            return number_text(v)
        end
        return if js.is_symbol(v) then js.key_text(v) else str(v)
    end,
    d = function(v)
        return if js.is_object(v) then "NaN" elseif js.is_bigint(v) then js.bigint_text(v) .. "n" else number_text(js.num(v))
    end,
    i = function(v)
        return if js.is_object(v) then "NaN" else number_text(native.number.parse_int(str(v), 0))
    end,
    f = function(v)
        return number_text(native.number.parse_float(str(v)))
    end,
    j = function(v)
        return js.json_stringify(v) or "undefined"
    end,
    o = function(v)
        return inspect.text(v, js.object({ depth = 4, showHidden = true }, "depth showHidden"))
    end,
    O = function(v)
        return inspect.text(v)
    end,
    c = function()
        return ""
    end,
}

-- util.format of a list of n arguments.
function inspect.format(n, list)
    local parts, used = {}, 1
    local first = list[1]
    if type(first) == "string" then
        if n > 1 and find(first, "%", 1, true) then
            used = 2
            first = gsub(first, "%%([sdifjoOc%%])", function(letter)
                if letter == "%" then
                    return "%"
                elseif used > n then
                    return nil
                end
                used += 1
                return DIRECTIVES[letter](list[used - 1])
            end)
            parts[1] = first
        else
            parts[1] = first
            used = 2
        end
    end
    for i = used, n do
        table.insert(parts, shown(list[i]))
    end
    return table.concat(parts, " ")
end
