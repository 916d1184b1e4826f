--! Classes: constructors, inheritance, methods, fields, private names, super.
-- A private name is a table used as a raw key no shape lists, so private members are invisible and as fast as any field.
local js, native = ...

local core, intrinsics = js.core, js.intrinsics
local constructs, names, lengths, kinds, storages = core.constructs, core.names, core.lengths, core.kinds, core.storages
local getmetatable, setmetatable, rawget, rawset, type = getmetatable, setmetatable, rawget, rawset, type
local is_object, is_constructor, instance_shape, announce = js.is_object, js.is_constructor, core.instance_shape, core.announce_new_target
local null, clone = null, table.clone

local classes = core.classes -- class → its record
local UNDEFINED, ACCESSOR = {}, {} -- raw values of private members that are undefined, or accessors

function js.private(name)
    return { private = name }
end

local function add_private(o, p, v)
    local t = core.storage(o)
    if rawget(t, p) ~= nil then
        return js.type_error("Cannot initialize " .. p.private .. " twice on the same object")
    end
    rawset(t, p, if v == nil then UNDEFINED else v)
end

-- Private methods first, then fields in order.
local function initialise(this, record)
    local methods = record.private_methods
    if methods then
        for i = 1, #methods do
            add_private(this, methods[i], methods[i].method or ACCESSOR)
        end
    end
    for i = 1, record.count, 2 do
        local key, init = record[i], record[i + 1]
        local v = nil
        if init then
            v = init(this)
        end
        if type(key) == "table" and key.private then
            add_private(this, key, v)
        else
            js.create_data_or_throw(this, key, v)
        end
    end
end

local MISSING_SUPER = "Must call super constructor in derived class before accessing 'this' or returning from derived constructor"

local function base_construct(record, constructor)
    local template, made = nil, 0
    return function(new_target, ...)
        local this = setmetatable(if template then clone(template) else {}, instance_shape(new_target))
        if record.busy then
            initialise(this, record)
        end
        if constructor then
            announce(constructor, new_target)
            local r = constructor(this, ...)
            if r ~= nil and is_object(r) then
                return r
            end
        end
        if made < 2 then
            made += 1
            template = core.room_for(this)
        end
        return this
    end
end

local function derived_construct(C, constructor)
    if constructor == nil then
        return function(new_target, ...)
            return js.super_new(C, new_target, ...)
        end
    end
    return function(new_target, ...)
        local this = constructor(new_target, ...)
        if this == nil then
            return js.reference_error(MISSING_SUPER)
        end
        return this
    end
end

function js.super_new(C, new_target, ...)
    local parent = getmetatable(storages[C]).proto
    if not is_constructor(parent) then
        return js.type_error("Super constructor " .. js.describe(parent) .. " of anonymous class is not a constructor")
    end
    local this = js.construct(parent, new_target, ...)
    local record = classes[C]
    if record.busy then
        initialise(this, record)
    end
    return this
end
function js.super_apply(C, new_target, a)
    return js.super_new(C, new_target, core.spread(a))
end
function js.super_once(this)
    if this ~= nil then
        return js.reference_error("Super constructor may only be called once")
    end
end
function js.this(this)
    if this == nil then
        return js.reference_error(MISSING_SUPER)
    end
    return this
end
-- `return v` in a derived constructor.
function js.constructed(v, this)
    if is_object(v) then
        return v
    elseif v == nil then
        return js.this(this)
    end
    return js.type_error("Derived constructors may only return object or undefined")
end

local function check_parent(parent)
    if parent == null then
        return null, intrinsics.FunctionPrototype
    elseif not is_constructor(parent) then
        return js.type_error("Class extends value " .. js.describe(parent) .. " is not a constructor or null")
    end
    local p = parent.prototype
    if p ~= null and not is_object(p) then
        return js.type_error("Class extends value does not have valid prototype property " .. js.describe(p))
    end
    return p, parent
end

function js.class(name, parent, has_parent, constructor, length)
    local above, function_parent = intrinsics.ObjectPrototype, intrinsics.FunctionPrototype
    if has_parent then
        above, function_parent = check_parent(parent)
    end
    local record = { count = 0 }
    local function C()
        -- mentions `record` so that Luau does not share one closure between all classes
        return js.type_error("Class constructor " .. js.function_name(record.class) .. " cannot be invoked without 'new'")
    end
    classes[C], record.class = record, C
    names[C] = name or ""
    lengths[C] = length or (constructor and debug.info(constructor, "a") - 1) or 0
    constructs[C] = if has_parent then derived_construct(C, constructor) else base_construct(record, constructor)
    local prototype = setmetatable({}, core.dict_shape(above))
    core.own_proto(prototype)
    core.add_key(prototype, getmetatable(prototype), "constructor", C, core.HIDDEN)
    local o = core.function_storage(C)
    core.store(o, getmetatable(o), "prototype", { value = prototype, writable = false, enumerable = false, configurable = false }, false)
    if function_parent ~= intrinsics.FunctionPrototype then
        core.set_proto_of(C, function_parent)
    end
    record.prototype = prototype
    return C
end

local function target_of(C, static)
    return if static then C else classes[C].prototype
end

function js.class_method(C, static, key, f)
    key = js.key(key)
    kinds[f] = kinds[f] or "plain"
    core.name_function(f, key)
    local target = target_of(C, static)
    local t = core.storage(target)
    local s = getmetatable(t)
    if s.pos[key] then
        if not js.define_own(target, key, { value = f, writable = true, enumerable = false, configurable = true }) then
            return js.type_error("Cannot redefine property: " .. js.key_text(key))
        end
    else
        core.add_key(t, s, key, f, core.HIDDEN)
    end
end

local function class_accessor(C, static, key, f, side)
    key = js.key(key)
    kinds[f] = kinds[f] or "plain"
    core.name_function(f, key, side .. " ")
    if not js.define_own(target_of(C, static), key, { [side] = f, enumerable = false, configurable = true }) then
        return js.type_error("Cannot redefine property: " .. js.key_text(key))
    end
end
function js.class_getter(C, static, key, f)
    return class_accessor(C, static, key, f, "get")
end
function js.class_setter(C, static, key, f)
    return class_accessor(C, static, key, f, "set")
end

function js.class_field(C, key, init)
    local record = classes[C]
    if not (type(key) == "table" and key.private) then
        key = js.key(key)
    end
    local n = record.count
    record[n + 1], record[n + 2], record.count, record.busy = key, init, n + 2, true
end

function js.class_static_field(C, key, value)
    if type(key) == "table" and key.private then
        return add_private(C, key, value)
    end
    js.create_data_or_throw(C, js.key(key), value)
end

function js.private_method(C, static, p, f)
    kinds[f] = kinds[f] or "plain"
    core.name_function(f, p.private)
    p.method = f
    if static then
        return add_private(C, p, f)
    end
    local record = classes[C]
    record.busy = true
    record.private_methods = record.private_methods or {}
    table.insert(record.private_methods, p)
end

function js.private_accessor(C, static, p, getter, setter)
    local known = p.accessor
    p.accessor = true
    if getter then
        kinds[getter] = "plain"
        core.name_function(getter, p.private, "get ")
        p.get = getter
    end
    if setter then
        kinds[setter] = "plain"
        core.name_function(setter, p.private, "set ")
        p.set = setter
    end
    if known then
        return
    elseif static then
        return add_private(C, p, ACCESSOR)
    end
    local record = classes[C]
    record.busy = true
    record.private_methods = record.private_methods or {}
    table.insert(record.private_methods, p)
end

local function private_slot(o, p, verb)
    local v = nil
    if type(o) == "table" then
        v = rawget(o, p)
    elseif type(o) == "function" and storages[o] then
        v = rawget(storages[o], p)
    end
    if v == nil then
        return js.type_error("Cannot " .. verb .. " private member " .. p.private .. " from an object whose class did not declare it")
    end
    return v
end

function js.private_get(o, p)
    local v = if type(o) == "table" then rawget(o, p) else nil
    if v == nil then
        v = private_slot(o, p, "read")
    end
    if v == UNDEFINED then
        return nil
    elseif v == ACCESSOR then
        if p.get == nil then
            return js.type_error("'" .. p.private .. "' was defined without a getter")
        end
        return p.get(o)
    end
    return v
end

function js.private_set(o, p, v)
    local current = private_slot(o, p, "write")
    if p.accessor then
        if p.set == nil then
            return js.type_error("'" .. p.private .. "' was defined without a setter")
        end
        p.set(o, v)
        return v
    elseif p.method then
        return js.type_error("Private method '" .. p.private .. "' is not writable")
    end
    rawset(core.storage(o), p, if v == nil then UNDEFINED else v)
    return v
end

function js.has_private(o, p)
    if not is_object(o) then
        return js.type_error("Cannot use 'in' operator to search for '" .. p.private .. "' in " .. js.str(o))
    end
    return rawget(core.storage(o), p) ~= nil
end
