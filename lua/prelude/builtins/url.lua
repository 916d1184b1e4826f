--! URL and URLSearchParams over the `url` crate (`native.url`). Must not know the URL standard's rules.
local js, native = ...

local parser, symbols = native.url, js.symbols
local type, rawget, rawset = type, rawget, rawset
local str = js.str
local PARTS, PARAMS, OWNER, LIST = js.slot("UrlParts"), js.slot("SearchParams"), js.slot("OwnerUrl"), js.slot("Pairs")

local intrinsics = js.intrinsics
intrinsics.URLPrototype = js.new_object()
intrinsics.URLSearchParamsPrototype = js.new_object()
local url_proto, params_proto = intrinsics.URLPrototype, intrinsics.URLSearchParamsPrototype

local function invalid_url(input, base)
    local e = js.make_error("TypeError", "Invalid URL")
    js.set(e, "code", "ERR_INVALID_URL")
    js.set(e, "input", input)
    if base ~= nil then
        js.set(e, "base", base)
    end
    js.throw(e)
end

local function parts_of(this)
    local parts = type(this) == "table" and rawget(this, PARTS)
    if not parts then
        js.type_error('Value of "this" must be of type URL')
    end
    return parts
end

local URLSearchParams

local function text_or_nil(v)
    return if v == nil then nil else str(v)
end

local URL = js.define_constructor("URL", 1, function(new_target, input, base)
    local text, base_text = str(input), text_or_nil(base)
    local parts = parser.parse(text, base_text)
    if parts == nil then
        invalid_url(text, base_text)
    end
    local url = js.create_from_constructor(new_target, "URLPrototype")
    rawset(url, PARTS, parts)
    return url
end, nil, url_proto)
js.define_methods(URL, {
    "canParse", 1, function(_, input, base)
        return parser.parse(str(input), text_or_nil(base)) ~= nil
    end,
})

local function refresh_params(url)
    local params = rawget(url, PARAMS)
    if params then
        rawset(params, LIST, parser.read_query(string.gsub(rawget(url, PARTS).search, "^%?", "")))
    end
end

for _, name in { "href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash" } do
    js.define_accessor(url_proto, name, function(this)
        return parts_of(this)[name]
    end, function(this, value)
        local text = str(value)
        local parts
        if name == "href" then
            parts = parser.parse(text)
            if parts == nil then
                invalid_url(text)
            end
        else
            parts = parser.set(parts_of(this).href, name, text)
        end
        if parts then
            rawset(this, PARTS, parts)
            refresh_params(this)
        end
    end)
end
js.define_accessor(url_proto, "origin", function(this)
    return parts_of(this).origin
end)
js.define_accessor(url_proto, "searchParams", function(this)
    local parts = parts_of(this)
    local params = rawget(this, PARAMS)
    if not params then
        params = js.new(URLSearchParams)
        rawset(params, LIST, parser.read_query(string.gsub(parts.search, "^%?", "")))
        rawset(params, OWNER, this)
        rawset(this, PARAMS, params)
    end
    return params
end)
js.define_methods(url_proto, {
    "toString", 0, function(this)
        return parts_of(this).href
    end,
    "toJSON", 0, function(this)
        return parts_of(this).href
    end,
})
js.define_value(url_proto, symbols.toStringTag, "URL", "c")

local function list_of(this)
    local list = type(this) == "table" and rawget(this, LIST)
    if not list then
        js.type_error('Value of "this" must be of type URLSearchParams')
    end
    return list
end

local function changed(this)
    local owner = rawget(this, OWNER)
    if owner then
        local query = parser.write_query(rawget(this, LIST))
        local parts = parser.set(rawget(owner, PARTS).href, "search", query)
        if parts then
            rawset(owner, PARTS, parts)
        end
    end
end

local function pairs_of(init)
    local list = {}
    if init == nil or init == null then
        return list
    elseif not js.is_object(init) then
        return parser.read_query(string.gsub(str(init), "^%?", ""))
    end
    if js.get_method(init, symbols.iterator) ~= nil then
        js.each(init, function(pair)
            table.insert(list, str(js.get(pair, 0)))
            table.insert(list, str(js.get(pair, 1)))
        end)
        return list
    end
    local keys, n = js.enumerable_own(init)
    for i = 1, n do
        table.insert(list, str(js.key_value(keys[i])))
        table.insert(list, str(js.get(init, keys[i])))
    end
    return list
end

URLSearchParams = js.define_constructor("URLSearchParams", 0, function(new_target, init)
    local params = js.create_from_constructor(new_target, "URLSearchParamsPrototype")
    rawset(params, LIST, pairs_of(init))
    return params
end, nil, params_proto)

local iterator_proto = js.define_iterator_prototype("URLSearchParams Iterator")
local function iterate(kind)
    return function(this)
        local list, at = list_of(this), -1
        return js.make_iterator(iterator_proto, function()
            at += 2
            list = rawget(this, LIST)
            local name, value = list[at], list[at + 1]
            if name == nil then
                return false
            elseif kind == "key" then
                return true, name
            elseif kind == "value" then
                return true, value
            end
            return true, js.array(name, value)
        end)
    end
end

-- Keeps the pairs for which `keep(name, value)` holds.
local function filter(this, keep)
    local old, list = list_of(this), {}
    for i = 1, #old, 2 do
        if keep(old[i], old[i + 1]) then
            table.insert(list, old[i])
            table.insert(list, old[i + 1])
        end
    end
    rawset(this, LIST, list)
end

js.define_methods(params_proto, {
    "append", 2, function(this, name, value)
        local list = list_of(this)
        table.insert(list, str(name))
        table.insert(list, str(value))
        changed(this)
    end,
    "delete", 1, function(this, name, value)
        local key, wanted = str(name), text_or_nil(value)
        filter(this, function(n, v)
            return n ~= key or (wanted ~= nil and v ~= wanted)
        end)
        changed(this)
    end,
    "get", 1, function(this, name)
        local list, key = list_of(this), str(name)
        for i = 1, #list, 2 do
            if list[i] == key then
                return list[i + 1]
            end
        end
        return null
    end,
    "getAll", 1, function(this, name)
        local list, key, result = list_of(this), str(name), js.array()
        for i = 1, #list, 2 do
            if list[i] == key then
                js.append(result, list[i + 1])
            end
        end
        return result
    end,
    "has", 1, function(this, name, value)
        local list, key, wanted = list_of(this), str(name), text_or_nil(value)
        for i = 1, #list, 2 do
            if list[i] == key and (wanted == nil or list[i + 1] == wanted) then
                return true
            end
        end
        return false
    end,
    "set", 2, function(this, name, value)
        local key, done = str(name), false
        local text = str(value)
        local list = list_of(this)
        for i = 1, #list, 2 do
            if list[i] == key and not done then
                list[i + 1] = text
                done = true
                local first = i
                local at = 1
                filter(this, function(n)
                    local keep = n ~= key or at == first
                    at += 2
                    return keep
                end)
                break
            end
        end
        if not done then
            table.insert(list, key)
            table.insert(list, text)
        end
        changed(this)
    end,
    "sort", 0, function(this)
        local list, entries = list_of(this), {}
        for i = 1, #list, 2 do
            table.insert(entries, { list[i], list[i + 1], i })
        end
        table.sort(entries, function(a, b)
            return if a[1] == b[1] then a[3] < b[3] else a[1] < b[1]
        end)
        local sorted = {}
        for _, entry in entries do
            table.insert(sorted, entry[1])
            table.insert(sorted, entry[2])
        end
        rawset(this, LIST, sorted)
        changed(this)
    end,
    "entries", 0, iterate("entry"),
    "keys", 0, iterate("key"),
    "values", 0, iterate("value"),
    "forEach", 1, function(this, f, this_arg)
        local list = list_of(this)
        for i = 1, #list, 2 do
            f(this_arg, list[i + 1], list[i], this)
        end
    end,
    "toString", 0, function(this)
        return parser.write_query(list_of(this))
    end,
})
js.define_accessor(params_proto, "size", function(this)
    return #list_of(this) / 2
end)
js.define_value(params_proto, symbols.iterator, js.get(params_proto, "entries"), "wc")
js.define_value(params_proto, symbols.toStringTag, "URLSearchParams", "c")

js.define_global("URL", URL)
js.define_global("URLSearchParams", URLSearchParams)
