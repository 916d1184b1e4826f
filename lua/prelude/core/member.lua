-- Members of any value with JavaScript's error wording: get, invoke, call, apply; prototypes; the type metatables of primitives.
local js, native = ...

local core, intrinsics = js.core, js.intrinsics
local getmetatable, rawget, type, select, unpack = getmetatable, rawget, type, select, table.unpack
local null, byte, find = null, string.byte, string.find
local storage, shape_of = core.storage, core.shape_of
local key_text = js.key_text

local function cannot_read(o, k)
    return js.type_error("Cannot read properties of " .. (if o == nil then "undefined" else "null") .. " (reading '" .. key_text(k) .. "')")
end

-- [[Get]] of any value; `k` is a property key.
local function get(o, k)
    local v
    if o == nil or o == null then
        return cannot_read(o, k)
    elseif k == "__proto__" then
        return core.get_from(if js.is_object(o) then storage(o) else core.primitive_proto(o), k, o)
    end
    return o[k]
end
js.get = get

function js.get_with_receiver(o, k, receiver)
    return core.get_from(storage(o), k, receiver)
end

local function not_a_function(what)
    return js.type_error(what .. " is not a function")
end

-- `o[k](…)`.
function js.invoke(o, k, ...)
    if type(k) ~= "string" or byte(k) == nil or (byte(k) < 58 and byte(k) > 47) then
        k = js.key(k)
    end
    local f = if type(o) == "table" then o[k] else get(o, k)
    if type(f) == "function" then
        return f(o, ...)
    end
    return not_a_function(if type(o) == "function" or type(o) == "table" then "object." .. key_text(k) else js.describe(o) .. "." .. key_text(k))
end

function js.call(f, this, ...)
    if type(f) == "function" then
        return f(this, ...)
    end
    return not_a_function(js.describe(f))
end

-- Unpacks a JavaScript array or array-like of arguments.
local function spread(a)
    if type(a) == "table" and getmetatable(a) == js.array_shape then
        local n = a.length
        if n == 0 then
            return
        end
        return a[0], unpack(a, 1, n - 1)
    end
    local list, n = js.array_like(a)
    return unpack(list, 1, n)
end
core.spread = spread

function js.apply(f, this, a)
    if type(f) == "function" then
        return f(this, spread(a))
    end
    return not_a_function(js.describe(f))
end

function js.invoke_apply(o, k, a)
    k = js.key(k)
    local f = get(o, k)
    if type(f) == "function" then
        return f(o, spread(a))
    end
    return not_a_function("object." .. key_text(k))
end

-- GetMethod.
function js.get_method(v, k)
    local f = get(v, k)
    if f == nil or f == null then
        return nil
    elseif type(f) ~= "function" then
        return not_a_function(js.describe(f))
    end
    return f
end

-- The prototype (as a table) on which a primitive's properties are looked up.
local prototypes = { string = "StringPrototype", number = "NumberPrototype", boolean = "BooleanPrototype", symbol = "SymbolPrototype", bigint = "BigIntPrototype" }
function core.primitive_proto(v)
    return intrinsics[prototypes[js.typeof(v)] or "ObjectPrototype"]
end

function js.get_proto(o)
    if js.is_object(o) then
        return shape_of(storage(o)).proto
    end
    return core.primitive_proto(o)
end
function js.proto(o)
    return get(o, "__proto__")
end

function js.is_extensible(o)
    return not shape_of(storage(o)).fixed
end

function js.prevent_extensions(o)
    local t = storage(o)
    core.to_dict(t, shape_of(t)).fixed = true
    return true
end

-- [[SetPrototypeOf]].
function core.set_proto_of(o, p)
    local t = storage(o)
    local s = shape_of(t)
    if s.proto == p then
        return true
    elseif s.fixed or t == intrinsics.ObjectPrototype then
        return false
    end
    local pt = nil
    if p ~= null then
        pt = core.own_proto(p)
        local above = pt
        while above do
            if above == t then
                return false
            end
            above = getmetatable(above).pt
        end
    end
    s = getmetatable(t)
    if not s.dict and s == js.object_shape then
        setmetatable(t, core.root_of(p))
        return true
    end
    s = core.to_dict(t, s)
    if s.owned_proto and s.pt then
        getmetatable(s.pt).kids[s] = nil
    end
    s.proto, s.pt = p, pt
    if s.owned_proto then
        if pt then
            getmetatable(pt).kids[s] = true
        end
        s.shadow = nil
        core.hand_down(s)
        core.refresh(s)
        for kid in s.kids do
            if kid.trans then
                table.clear(kid.trans)
            end
        end
    end
    return true
end

-- `{ __proto__: p }` in a literal, and Object.setPrototypeOf's work.
function js.set_proto(o, p)
    if p == null or js.is_object(p) then
        if not core.set_proto_of(o, p) then
            return js.type_error(if js.is_extensible(o) then "Cyclic __proto__ value" else "#<Object> is not extensible")
        end
    end
    return o
end

function js.super_get(home, this, k)
    local p = js.get_proto(home)
    if p == null then
        return cannot_read(p, k)
    end
    return core.get_from(storage(p), js.key(k), this)
end

function js.super_set(home, this, k, v)
    local p = js.get_proto(home)
    if p == null then
        return js.type_error("Cannot set properties of null (setting '" .. key_text(k) .. "')")
    end
    k = js.key(k)
    if not core.assign(storage(p), k, v, this) and core.strict_caller() then
        return js.type_error("Cannot assign to read only property '" .. key_text(k) .. "' of object")
    end
    return v
end

-- Type metatables -------------------------------------------------------------

local string_prototype
local luau_string = string

-- ASCII texts answer `length` and indexes at once; others ask builtins/string.
local string_meta = {}
function string_meta.__index(s, k)
    if k == "length" then
        if find(s, "[\128-\255]") then
            return js.string_length(s)
        end
        return #s
    elseif type(k) == "number" then
        if find(s, "[\128-\255]") then
            return js.string_char(s, k)
        elseif k >= 0 and k < #s then
            k += 1
            return luau_string.sub(s, k, k)
        end
        return nil
    end
    local v = rawget(string_prototype, k)
    if v ~= nil then
        return v
    end
    v = core.get_from(string_prototype, k, s)
    if v == nil then
        return luau_string[k]
    end
    return v
end
local function meta_of(prototype)
    return {
        __index = function(v, k)
            local found = rawget(prototype, k)
            if found ~= nil then
                return found
            end
            return core.get_from(prototype, k, v)
        end,
        __newindex = function(v, k, value)
            return js.set(v, k, value)
        end,
    }
end

local function boxed_prototype(name, kind, value)
    local o = {}
    local s = core.dict_shape(intrinsics.ObjectPrototype)
    s.kind, s.box = "boxed", kind
    o[js.wrapper_slot] = value
    setmetatable(o, s)
    intrinsics[name] = o
    return o, s
end
local string_shape
string_prototype, string_shape = boxed_prototype("StringPrototype", "string", "")
string_shape.exotic = core.string_exotic
string_meta.__newindex = function(v, k, value)
    return js.set(v, k, value)
end
native.set_type_metatable("string", string_meta)
native.set_type_metatable("number", meta_of((boxed_prototype("NumberPrototype", "number", 0))))
native.set_type_metatable("boolean", meta_of((boxed_prototype("BooleanPrototype", "boolean", false))))
intrinsics.SymbolPrototype = js.new_object()
intrinsics.BigIntPrototype = js.new_object()
for k, v in meta_of(intrinsics.SymbolPrototype) do
    js.symbol_meta[k] = v
end
native.set_type_metatable(if native.null_kind then native.null_kind else "lightuserdata", {
    __index = function(_, k)
        return cannot_read(null, k)
    end,
    __newindex = function(_, k)
        return js.type_error("Cannot set properties of null (setting '" .. key_text(k) .. "')")
    end,
})
core.meta_of_prototype = meta_of
