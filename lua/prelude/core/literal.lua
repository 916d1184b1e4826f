--! Helpers of literals and destructuring: accessors, computed keys, spread, rest, template objects, live bindings; lists for Rust.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local type, getmetatable, setmetatable, rawget, rawset, select = type, getmetatable, setmetatable, rawget, rawset, select
local null = null

-- `{ [k]: v }`.
function js.define(o, k, v)
    k = js.key(k)
    js.create_data(o, k, v)
    return o
end
-- `{ [k]: function() {} }`: the anonymous function (or class) is named by the key.
function js.define_named(o, k, f)
    k = js.key(k)
    core.rename_function(f, k)
    js.create_data(o, k, f)
    return o
end
function js.object_pairs(n, ...)
    local o = js.object()
    local list = { ... }
    for i = 1, n * 2, 2 do
        js.create_data(o, js.key(list[i]), list[i + 1])
    end
    return o
end

local function literal_accessor(o, k, f, side)
    k = js.key(k)
    core.kinds[f] = core.kinds[f] or "plain"
    core.name_function(f, k, side .. " ")
    js.define_own(o, k, { [side] = f, enumerable = true, configurable = true })
    return o
end
function js.define_getter(o, k, f)
    return literal_accessor(o, k, f, "get")
end
function js.define_setter(o, k, f)
    return literal_accessor(o, k, f, "set")
end

function js.spread_into(o, ...)
    for i = 1, select("#", ...) do
        local source = (select(i, ...))
        local s = if type(source) == "table" then getmetatable(source) else nil
        if s and s.plain and s.trans and s.kind == "object" and s.pt == intrinsics.ObjectPrototype and getmetatable(o) == js.object_shape then
            local keys = s.keys
            for j = 1, s.n do
                rawset(o, keys[j], rawget(source, keys[j]))
            end
            setmetatable(o, s)
        elseif source ~= nil and source ~= null then
            core.each_enumerable(js.to_object(source), function(k, v)
                js.create_data(o, k, v)
            end)
        end
    end
    return o
end

-- `{ a, b, ...rest } = o`: the varargs are the keys already taken.
function js.object_rest(o, ...)
    local skip = {}
    for i = 1, select("#", ...) do
        skip[js.key((select(i, ...)))] = true
    end
    local source = js.to_object(o)
    local result = js.object()
    local keys, n = js.own_keys(source)
    for i = 1, n do
        local k = keys[i]
        if not skip[k] then
            local own = js.get_own(source, k)
            if own and own.enumerable then
                js.create_data(result, k, js.get(source, k))
            end
        end
    end
    return result
end

-- The template object of a tagged template, one per site.
function js.template(site, n, cooked, raw)
    local strings = site.strings
    if strings == nil then
        local raw_strings = js.make_array(n, table.move(raw or cooked, 1, n, 1, {}))
        strings = js.make_array(n, cooked)
        js.define_own(strings, "raw", { value = js.freeze(raw_strings), writable = false, enumerable = false, configurable = false })
        js.freeze(strings)
        site.strings = strings
    end
    return strings
end

-- Own enumerable properties for Rust: k1, v1, k2, v2, … and the count of entries.
function js.own_enumerable(o)
    local list, n = { n = 0 }, 0
    local keys, count = js.enumerable_own(o)
    for i = 1, count do
        list[n + 1], list[n + 2] = js.key_value(keys[i]), js.get(o, keys[i])
        n += 2
    end
    list.n = n
    return list
end
function js.is_plain_object(o)
    if type(o) ~= "table" or not js.is_object(o) then
        return false
    end
    local s = core.shape_of(o)
    return s.proto == intrinsics.ObjectPrototype or s.proto == null
end
-- The key list of a plain object, nil when keys need a closer look; not to be changed.
function js.shape_keys(o)
    local s = getmetatable(o)
    if s and s.plain and not s.array then
        return s.keys, s.n
    end
    return nil
end
js.object_with_keys = js.with_keys

-- A live binding of a module: reads call `getter`; looks like a data property of the namespace.
function js.export_live(exports, name, getter)
    local t, k = core.storage(exports), js.key(name)
    core.store(t, core.shape_of(t), k, { accessor = true, get = getter, live = true, enumerable = true, configurable = false }, js.has_own(t, k))
end
