-- Functions as objects: a Luau function's properties live in a side table made when they are first looked at.
-- Names and lengths come from `debug.info` unless recorded; what can be called with `new` is known here, how is in construct.lua.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local storages = core.storages
local WEAK_KEYS = { __mode = "k" }
local names, lengths = setmetatable({}, WEAK_KEYS), setmetatable({}, WEAK_KEYS)
local kinds = setmetatable({}, WEAK_KEYS) -- function → "async", "generator", "async_generator", "plain" (not constructible)
local constructs = setmetatable({}, WEAK_KEYS) -- function → construct(new_target, …)
local plain = setmetatable({}, WEAK_KEYS) -- functions whose construct is the ordinary one, made on demand
core.names, core.lengths, core.kinds, core.constructs, core.plain = names, lengths, kinds, constructs, plain
local getmetatable, setmetatable, rawget, rawset, type, info = getmetatable, setmetatable, rawget, rawset, type, debug.info
local prefix = native.prelude_prefix or "prelude/"
local prefix_length = #prefix

local function function_prototype() end
intrinsics.FunctionPrototype = function_prototype
local prototype_storage = {}
storages[function_prototype] = prototype_storage
do
    local s = core.dict_shape(intrinsics.ObjectPrototype)
    s.fn, s.kind = function_prototype, "function"
    setmetatable(prototype_storage, s)
end
names[function_prototype] = ""

-- Built-ins recorded by define_methods: lists of key, length, function; searched when somebody asks.
local definitions = {}
core.definitions = definitions

local function key_name(key)
    if type(key) == "table" then
        return if key.description then "[" .. key.description .. "]" else ""
    end
    return js.key_text(key)
end
core.key_name = key_name

-- Moves the recorded definitions into the name and length tables.
local function settle_definitions()
    for _, list in definitions do
        for i = 1, #list, 3 do
            local f = list[i + 2]
            names[f] = names[f] or key_name(list[i])
            lengths[f] = lengths[f] or list[i + 1]
        end
    end
    table.clear(definitions)
end

local function is_prelude(f)
    local source = info(f, "s")
    return source == "[C]" or string.sub(source, 1, prefix_length) == prefix
end

function js.function_name(f)
    local o = storages[f]
    if o then
        local d = getmetatable(o).special
        d = d and d.name
        local v = d and d.value or rawget(o, "name")
        return if type(v) == "string" then v else ""
    end
    local name = names[f]
    if name == nil and #definitions > 0 and is_prelude(f) then
        settle_definitions()
        name = names[f]
    end
    return name or info(f, "n") or ""
end

local function function_length(f)
    local recorded = lengths[f]
    if recorded == nil and #definitions > 0 and is_prelude(f) then
        settle_definitions()
        recorded = lengths[f]
    end
    if recorded == nil then
        recorded = info(f, "a") - 1
    end
    return if recorded < 0 then 0 else recorded
end

-- Can `f` be called with `new`?
local function is_constructor(f)
    if type(f) ~= "function" then
        return false
    end
    return constructs[f] ~= nil or (kinds[f] == nil and not is_prelude(f))
end
js.is_constructor = is_constructor

local prototypes_of_kinds = { async = "AsyncFunctionPrototype", generator = "GeneratorFunctionPrototype", async_generator = "AsyncGeneratorFunctionPrototype" }

-- The table with the properties of `f`.
function core.function_storage(f)
    local o = storages[f]
    if o then
        return o
    end
    local name = js.function_name(f)
    local kind = kinds[f]
    o = {}
    local s = core.dict_shape(core.parents[f] or intrinsics[prototypes_of_kinds[kind] or "FunctionPrototype"])
    s.fn, s.kind = f, "function"
    s.keys, s.pos, s.n = { "length", "name" }, { length = 1, name = 2 }, 2
    s.special = {
        length = { value = function_length(f), writable = false, enumerable = false, configurable = true },
        name = { value = name, writable = false, enumerable = false, configurable = true },
    }
    setmetatable(o, s)
    storages[f] = o
    if kind == "generator" or kind == "async_generator" then
        core.add_key(o, s, "prototype", js.new_object(intrinsics[if kind == "generator" then "GeneratorPrototype" else "AsyncGeneratorPrototype"]), core.WRITABLE)
    elseif kind == nil and (constructs[f] == nil or plain[f]) and not is_prelude(f) then
        local prototype = js.new_object()
        core.add_key(prototype, getmetatable(prototype), "constructor", f, core.HIDDEN)
        core.add_key(o, s, "prototype", prototype, core.WRITABLE)
    else
        core.finish_constructor(f, o, s)
    end
    return o
end
local function_storage = core.function_storage
function core.storage(o)
    if type(o) == "table" then
        return o
    end
    return storages[o] or function_storage(o)
end

-- The type metatable of functions.
local meta = {}
function meta.__index(f, k)
    local o = storages[f]
    if o == nil then
        local v = rawget(prototype_storage, k)
        if v ~= nil and kinds[f] == nil then
            return v
        end
        o = function_storage(f)
    end
    local v = rawget(o, k)
    if v ~= nil then
        return v
    end
    return core.index(o, k)
end
function meta.__newindex(f, k, v)
    return core.newindex_slow(storages[f] or function_storage(f), k, v)
end
native.set_type_metatable("function", meta)

-- Records what JavaScript shows as name and length; a no-op where nothing is given.
function js.fn(f, name, length)
    if name then
        names[f] = if type(name) == "string" then name else key_name(name)
    end
    if length then
        lengths[f] = length
    end
    return f
end

function js.arrow(f, name, length)
    kinds[f] = "plain"
    return js.fn(f, name, length)
end
js.method = js.arrow

-- Gives `f` the name of the property it defines unless it has one.
function core.name_function(f, key, before)
    if names[f] == nil and storages[f] == nil then
        names[f] = (before or "") .. key_name(key)
    end
end

-- Gives an anonymous function the name of its computed key.
function core.rename_function(f, key)
    local o = storages[f]
    if o == nil then
        if names[f] == nil or names[f] == "" then
            names[f] = key_name(key)
        end
        return
    end
    local d = getmetatable(o).special and getmetatable(o).special.name
    if d and d.value == "" then
        d.value = key_name(key)
    end
end

-- Definition of built-ins -----------------------------------------------------

local add_key, HIDDEN = core.add_key, core.HIDDEN

function js.define_methods(target, list)
    local t = core.storage(target)
    table.insert(definitions, list)
    local s = core.to_dict(t, getmetatable(t))
    local keys, pos, attrs, n = s.keys, s.pos, s.attrs, s.n
    if attrs == nil then
        attrs = {}
        s.attrs = attrs
    end
    for i = 1, #list, 3 do
        local key = list[i]
        if not pos[key] then
            n += 1
            keys[n], pos[key] = key, n
        end
        attrs[key] = HIDDEN
        rawset(t, key, list[i + 2])
    end
    s.n, s.ordered, s.enumerables = n, nil, nil
end

function js.define_function(name, length, f)
    names[f], lengths[f] = name, length
    return f
end

local FLAGS = { wec = core.ALL, wc = HIDDEN, w = core.WRITABLE }

function js.define_accessor(target, key, getter, setter)
    if getter then
        names[getter], lengths[getter] = "get " .. key_name(key), 0
    end
    if setter then
        names[setter], lengths[setter] = "set " .. key_name(key), 1
    end
    local t = core.storage(target)
    local s = core.to_dict(t, getmetatable(t))
    if s.pos[key] then
        js.define_own(target, key, { get = getter, set = setter, has_get = true, has_set = true, enumerable = false, configurable = true })
    else
        core.add_special(t, s, key, { accessor = true, get = getter, set = setter, enumerable = false, configurable = true })
    end
end

function js.define_value(target, key, value, flags)
    local t = core.storage(target)
    local s = core.to_dict(t, getmetatable(t))
    if s.pos[key] then
        js.define_own(target, key, {
            value = value, has_value = true, writable = string.find(flags, "w") ~= nil, enumerable = string.find(flags, "e") ~= nil, configurable = string.find(flags, "c") ~= nil,
        })
    elseif FLAGS[flags] then
        add_key(t, s, key, value, FLAGS[flags])
    else
        core.add_special(t, s, key, { value = value, writable = false, enumerable = flags == "ec" or flags == "e", configurable = flags == "c" or flags == "ec" })
    end
end

local built_in_prototypes, parents = {}, {} -- constructor → what its storage gets when it is made
core.parents = parents

-- `construct(new_target, …)` makes the object, `call(this, …)` answers a call without `new`.
function js.define_constructor(name, length, construct, call, prototype)
    local function constructor(this, ...)
        if call then
            return call(this, ...)
        end
        return js.type_error("Constructor " .. name .. " requires 'new'")
    end
    constructs[constructor], names[constructor], lengths[constructor] = construct, name, length
    if prototype then
        built_in_prototypes[constructor] = prototype
        local t = core.storage(prototype)
        add_key(t, getmetatable(t), "constructor", constructor, HIDDEN)
    end
    return constructor
end
function core.finish_constructor(f, o, s)
    local prototype = built_in_prototypes[f]
    if prototype then
        core.add_special(o, s, "prototype", { value = prototype, writable = false, enumerable = false, configurable = false })
    end
end

local KIND_NAMES = { async = "AsyncFunction", generator = "GeneratorFunction", async_generator = "AsyncGeneratorFunction" }
-- How `console.log` calls a function.
function js.function_kind(f)
    return KIND_NAMES[kinds[f]] or "Function"
end

function js.define_global(name, value)
    if name == "Array" then
        js.array_constructor = value
    end
    local g = js.global_this
    local s = getmetatable(g)
    if s and not s.pos[name] then
        add_key(g, s, name, value, HIDDEN)
    else
        rawset(g, name, value)
    end
end
js.global_this = native.globals
do
    local s = core.dict_shape(intrinsics.ObjectPrototype)
    s.kind = "global"
    setmetatable(js.global_this, s)
    for k in next, js.global_this do
        add_key(js.global_this, s, k, js.global_this[k], HIDDEN)
    end
end
