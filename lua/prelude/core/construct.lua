-- `new`: ordinary functions, built-in constructors and bound functions; new.target; species.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local constructs, plain, storages = core.constructs, core.plain, core.storages
local getmetatable, setmetatable, rawget, type = getmetatable, setmetatable, rawget, type
local is_object, is_constructor = js.is_object, js.is_constructor
local null = null
local root_of, root_variant = core.root_of, core.root_variant
local WEAK_KEYS = { __mode = "k" }

local classes = setmetatable({}, WEAK_KEYS) -- class → its record (see class.lua)
core.classes = classes
function js.is_class(f)
    return classes[f] ~= nil
end

local uses_new_target = setmetatable({}, WEAK_KEYS)
local pending_new_target = nil

function js.uses_new_target(f)
    uses_new_target[f] = true
    return f
end
-- Called first thing in such a function.
function js.new_target()
    local v = pending_new_target
    pending_new_target = nil
    return v
end
function core.announce_new_target(f, new_target)
    if uses_new_target[f] then
        pending_new_target = new_target
    end
end

-- GetPrototypeFromConstructor.
local function prototype_from_constructor(new_target, name)
    local p = new_target.prototype
    return if is_object(p) then p else intrinsics[name]
end
js.prototype_from_constructor, js.prototype_of_constructor = prototype_from_constructor, prototype_from_constructor

local fixed_roots = setmetatable({}, WEAK_KEYS) -- constructor whose `prototype` cannot change → root shape

-- The shape of ordinary instances.
local function instance_shape(new_target)
    local root = fixed_roots[new_target]
    if root then
        return root
    end
    local p = new_target.prototype
    root = root_of(if is_object(p) then p else intrinsics.ObjectPrototype)
    local special = getmetatable(storages[new_target]).special
    if special and special.prototype and not special.prototype.writable and not special.prototype.configurable then
        fixed_roots[new_target] = root
    end
    return root
end
core.instance_shape = instance_shape

local families = setmetatable({}, {
    __index = function(t, name)
        local kind = string.lower(string.sub(name, 1, -10))
        local family = { "root_" .. kind, function(s)
            s.kind, s.plain = kind, nil
        end }
        t[name] = family
        return family
    end,
})

-- OrdinaryCreateFromConstructor.
function js.create_from_constructor(new_target, name)
    local family = families[name]
    return setmetatable({}, root_variant(prototype_from_constructor(new_target, name), family[1], family[2]))
end
function js.create_intrinsic(name)
    local family = families[name]
    return setmetatable({}, root_variant(intrinsics[name], family[1], family[2]))
end

-- An empty table with room for the fields of `o`: its clones grow without rehashing.
function core.room_for(o)
    local template, n = {}, 0
    for k in next, o do
        if type(k) == "string" then
            template[k] = true
            n += 1
        end
    end
    if n < 2 then
        return nil
    end
    for k in next, o do
        template[k] = nil
    end
    return template
end

local function ordinary_construct(F)
    local template, made = nil, 0
    local function construct(new_target, ...)
        local this = setmetatable(if template then table.clone(template) else {}, instance_shape(new_target))
        if uses_new_target[F] then
            pending_new_target = new_target
        end
        local r = F(this, ...)
        local kind = type(r)
        if (kind == "table" or kind == "function") and is_object(r) then
            return r
        end
        if made < 2 then
            made += 1
            template = core.room_for(this)
        end
        return this
    end
    constructs[F], plain[F] = construct, true
    return construct
end

local function construct_of(F)
    local c = F ~= nil and constructs[F] or nil
    if c == nil then
        if not is_constructor(F) then
            return js.type_error((if type(F) == "function" then js.function_name(F) else js.describe(F)) .. " is not a constructor")
        end
        c = ordinary_construct(F)
    end
    return c
end

function js.new(F, ...)
    local c = constructs[F]
    if c then
        return c(F, ...)
    end
    return construct_of(F)(F, ...)
end
-- `constructs[nil]` is a legal read, so an undefined F falls through to the error.

function js.construct(F, new_target, ...)
    return construct_of(F)(new_target, ...)
end

function js.new_apply(F, a)
    return construct_of(F)(F, core.spread(a))
end

-- SpeciesConstructor.
function js.species(o, default)
    local C = js.get(o, "constructor")
    if C == nil then
        return default
    elseif not is_object(C) then
        return js.type_error("The .constructor property is not an object")
    end
    local S = C[symbols.species]
    if S == nil or S == null then
        return default
    elseif is_constructor(S) then
        return S
    end
    return js.type_error("object.constructor[Symbol.species] is not a constructor")
end

-- ArraySpeciesCreate.
function js.array_species(o, n)
    if not js.is_array(o) then
        return if n == 0 then js.array() elseif n > 4294967295 then js.range_error("Invalid array length") else js.new_array(n)
    end
    local C = o.constructor
    if is_object(C) then
        C = C[symbols.species]
        if C == null then
            C = nil
        end
    end
    if C == nil or C == js.array_constructor then
        return if n == 0 then js.array() elseif n > 4294967295 then js.range_error("Invalid array length") else js.new_array(n)
    elseif not is_constructor(C) then
        return js.type_error("object.constructor[Symbol.species] is not a constructor")
    end
    return js.new(C, n)
end

local function species_getter(this)
    return this
end
core.species_getter = species_getter
-- `get [Symbol.species]` of built-in constructors.
function js.define_species(C)
    local function getter(this)
        local _ = C -- one closure for each constructor
        return this
    end
    js.define_accessor(C, symbols.species, getter, nil)
    return getter
end

-- `arguments`: elements, hidden length and iterator; shapes shared by count.
local argument_shapes = {}
local function argument_shape(n)
    local s = argument_shapes[n]
    if s == nil then
        local t = setmetatable({}, root_variant(intrinsics.ObjectPrototype, "root_arguments", function(root)
            root.kind, root.plain = "arguments", nil
        end))
        if n > 32 then
            core.to_dict(t, getmetatable(t))
        end
        for i = 0, n - 1 do
            core.add_argument_key(t, i)
        end
        core.add_key(t, getmetatable(t), "length", n, core.HIDDEN)
        core.add_key(t, getmetatable(t), symbols.iterator, core.array_values, core.HIDDEN)
        s = getmetatable(t)
        if n <= 32 then
            argument_shapes[n] = s
        end
    end
    return s
end

local function make_arguments(f, source, ...)
    local n = select("#", ...)
    local t = { [0] = (...), length = n, [symbols.iterator] = core.array_values, select(2, ...) }
    setmetatable(t, argument_shape(n))
    if source and js.strict_chunks[source] == true then
        local s = core.to_dict(t, getmetatable(t))
        local thrower = core.throw_type_error
        core.add_special(t, s, "callee", { accessor = true, get = thrower, set = thrower, enumerable = false, configurable = false })
    else
        core.add_key(t, getmetatable(t), "callee", f, core.HIDDEN)
    end
    return t
end

function js.arguments(...)
    local source, f = debug.info(2, "sf")
    return make_arguments(f, source, ...)
end

-- `arguments` of a sloppy function whose parameters change: the first ones are the parameters themselves. `pairs` holds a getter
-- and a setter for each parameter: `{ function() return a end, function(v) a = v end, … }`.
function js.arguments_mapped(pairs, ...)
    local t = make_arguments(debug.info(2, "f"), nil, ...)
    local s = core.to_dict(t, getmetatable(t))
    for i = 0, math.min(select("#", ...), #pairs / 2) - 1 do
        local get, set = pairs[2 * i + 1], pairs[2 * i + 2]
        core.store(t, s, i, {
            accessor = true, live = true, enumerable = true, configurable = true,
            get = function()
                return (get())
            end,
            set = function(_, v)
                set(v)
            end,
        }, true)
    end
    return t
end
