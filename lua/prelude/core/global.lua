-- The global object: one table is `globalThis` and the environment of scripts. Built-ins that are not loaded yet appear on first touch.
local js, native = ...

local core, intrinsics = js.core, js.intrinsics
local getmetatable, rawget, rawset, type = getmetatable, rawget, rawset, type
local G = js.global_this
local lazy = native.lazy_globals or {}
local luau = native.luau or {}
local shape = getmetatable(G)

js.globals = G
js.define_global("globalThis", G)
for _, name in { "undefined", "NaN", "Infinity" } do
    local value = if name == "NaN" then 0 / 0 elseif name == "Infinity" then math.huge else nil
    js.define_own(G, name, { value = value, has_value = true, writable = false, enumerable = false, configurable = false })
end

local function load(name)
    if lazy[name] then
        native.load_global(name)
        lazy[name] = nil
        return true
    end
    return false
end

-- Own-property operations see lazy built-ins by loading them.
local exotic = {}
function exotic.get_own(o, k)
    if type(k) == "string" and lazy[k] and load(k) then
        return js.get_own(o, k)
    end
    return nil
end
function exotic.keys()
    for name in table.clone(lazy) do
        load(name)
    end
    return {}, nil
end
function exotic.set(o, k, v)
    if lazy[k] then
        load(k)
        return core.assign(o, k, v, o)
    end
    core.add_key(o, shape, k, v, core.ALL)
    return true
end
shape.exotic = exotic

local changed = native.globals_changed or function() end
function shape.__index(t, k)
    local v
    if lazy[k] and load(k) then
        v = rawget(t, k)
        if v ~= nil then
            return v
        end
    end
    v = core.get_from(t, k, t)
    if v == nil then
        return luau[k]
    end
    return v
end
-- Stays as it is when properties are redefined.
shape.lazy = nil
local function newindex(t, k, v)
    changed()
    return core.newindex_slow(t, k, v)
end
shape.__newindex = newindex
local refresh_index = shape.__index
function shape.keep(s)
    s.__index = refresh_index
end

-- A global that may not exist; `found` is false when it does not.
local function look(name)
    local v = rawget(G, name)
    if v ~= nil then
        return v, true
    end
    if lazy[name] and load(name) then
        return rawget(G, name), true
    end
    return core.get_from(G, name, G), shape.pos[name] ~= nil or core.chain_has(G, name)
end

function js.global(name)
    local v = rawget(G, name)
    if v ~= nil then
        return v
    end
    local found
    v, found = look(name)
    if not found then
        return js.reference_error(name .. " is not defined")
    end
    return v
end
function js.typeof_global(name)
    return js.typeof((look(name)))
end
function js.set_global(name, v, strict)
    if rawget(G, name) == nil then
        local _, found = look(name)
        if strict and not found then
            return js.reference_error(name .. " is not defined")
        end
    end
    if rawget(G, name) == nil or type(v) ~= type(rawget(G, name)) then
        changed()
    end
    if strict then
        js.set_strict(G, name, v)
    else
        core.assign(G, name, v, G)
    end
    return v
end
-- Top-level `var` and function declarations of a script.
function js.declare_global(name, v)
    changed()
    if not shape.pos[name] then
        js.define_own(G, name, { value = v, has_value = true, writable = true, enumerable = true, configurable = false })
    elseif v ~= nil then
        js.set(G, name, v)
    end
end

-- Prototypes whose methods live in `builtins`: filled at first use.
for name, file in {
    ArrayPrototype = "array", StringPrototype = "string", NumberPrototype = "number",
    SymbolPrototype = "core/symbol_object", BooleanPrototype = "core/symbol_object",
} do
    core.fill_later(intrinsics[name], file)
end
for _, name in { "RegExp", "Date", "Map", "Set", "WeakMap", "WeakSet", "WeakRef" } do
    intrinsics[name .. "Prototype"] = intrinsics[name .. "Prototype"] or js.new_object()
end
