-- Own properties in the specification's terms: descriptors, definition, deletion, keys, integrity levels, [[Set]].
-- The slow, exact side of objects; the fast side is raw table access under the rules of shape.lua.
local js, native = ...

local core, intrinsics = js.core, js.intrinsics
local null = null
local getmetatable, setmetatable, rawget, rawset, type = getmetatable, setmetatable, rawget, rawset, type
local storage, shape_of, to_dict, add_key = core.storage, core.shape_of, core.to_dict, core.add_key
local ALL, HIDDEN, WRITABLE, ENUMERABLE, CONFIGURABLE = core.ALL, core.HIDDEN, core.WRITABLE, core.ENUMERABLE, core.CONFIGURABLE
local band = bit32.band

local function describe_bits(value, bits)
    return { value = value, writable = band(bits, WRITABLE) ~= 0, enumerable = band(bits, ENUMERABLE) ~= 0, configurable = band(bits, CONFIGURABLE) ~= 0 }
end

-- [[GetOwnProperty]] of the table `t`.
local function get_own(t, s, k)
    local d = s.special and s.special[k]
    if d then
        if d.live then -- a binding of a module, or an argument that is a parameter: looks like data
            return { value = d.get(), writable = true, enumerable = true, configurable = d.configurable }
        end
        return table.clone(d)
    elseif s.pos[k] then
        return describe_bits(rawget(t, k), s.attrs and s.attrs[k] or ALL)
    elseif s.array and core.array_has(t, s, k) then
        if k == "length" then
            return describe_bits(rawget(t, k), WRITABLE)
        end
        return describe_bits(rawget(t, k), s.attrs and s.attrs[k] or ALL)
    elseif s.exotic then
        return s.exotic.get_own(t, k)
    end
    return nil
end

function js.get_own(o, k)
    local t = storage(o)
    return get_own(t, shape_of(t), k)
end

local function has_own(o, k)
    local t = storage(o)
    local s = shape_of(t)
    return s.pos[k] ~= nil or (s.array and core.array_has(t, s, k)) or (s.special ~= nil and s.special[k] ~= nil) or (s.exotic ~= nil and s.exotic.get_own(t, k) ~= nil)
end
js.has_own = has_own

function js.has_property(o, k)
    return core.chain_has(storage(o), k)
end

-- After `k` became special on `t`: caches of what inherits from it.
local function note_special(s, k, d)
    s.quiet = nil
    if d.accessor then
        s.accessors = true
    end
    if s.owned_proto then
        core.forget_transitions(s, k)
        core.hand_down(s)
        if type(k) == "number" then
            core.index_special = true
        end
    end
    core.refresh(s)
end

-- Stores the complete descriptor `d` under `k`; `present`: the key exists. No checks.
local function store(t, s, k, d, present)
    local raw = not d.accessor and d.writable
    if s.array and k == "length" then
        if raw then
            rawset(t, k, d.value)
            return
        end
        s = to_dict(t, s)
        rawset(t, k, nil)
        s.special = s.special or {}
        s.special.length = d
        return core.refresh(s)
    end
    local element = s.array and type(k) == "number" and k < 4294967295
    if raw then
        local bits = (if d.enumerable then ENUMERABLE else 0) + (if d.configurable then CONFIGURABLE else 0) + WRITABLE
        if not present then
            if element then
                core.add_element(t, s, k, d.value)
                s = getmetatable(t)
            else
                return add_key(t, s, k, d.value, bits)
            end
        end
        local special = s.special and s.special[k]
        local before = s.attrs and s.attrs[k] or ALL
        if not special and before == bits then
            rawset(t, k, d.value)
            return
        end
        s = to_dict(t, s)
        s.enumerables = nil
        if special then
            s.special[k] = nil
            if element then
                core.remove_key(t, s, k)
            end
        end
        s.attrs = s.attrs or {}
        s.attrs[k] = if bits == ALL then nil else bits
        rawset(t, k, d.value)
        return
    end
    s = to_dict(t, s)
    if not present then
        if element then
            core.add_element(t, s, k, nil)
            s = to_dict(t, getmetatable(t))
        else
            add_key(t, s, k, nil, ALL)
        end
    end
    if element and not s.pos[k] then
        local n = s.n + 1
        s.n, s.keys[n], s.pos[k], s.has_number = n, k, n, true
    end
    rawset(t, k, nil)
    if s.attrs then
        s.attrs[k] = nil
    end
    s.special = s.special or {}
    s.special[k], s.ordered, s.enumerables = d, nil, nil
    return note_special(s, k, d)
end
core.store = store

-- The descriptor `d` of a property that is not raw, under a key known to be absent from the dictionary `t`; no checks.
function core.add_special(t, s, k, d)
    local n = s.n + 1
    s.n, s.keys[n], s.pos[k], s.ordered, s.enumerables = n, k, n, nil, nil
    if type(k) == "number" then
        s.has_number = true
    end
    local special = s.special
    if special == nil then
        special = {}
        s.special = special
    end
    special[k] = d
    return note_special(s, k, d)
end

-- ArraySetLength.
local function define_length(t, s, d)
    if d.value == nil and not d.has_value then
        if d.get or d.set or d.has_get or d.has_set or d.configurable or d.enumerable or (d.writable and s.special and s.special.length) then
            return false
        end
        if d.writable == false and not (s.special and s.special.length) then
            store(t, s, "length", { value = t.length, writable = false, enumerable = false, configurable = false }, true)
        end
        return true
    end
    local n = core.length_value(d.value)
    if d.configurable or d.enumerable or d.get or d.set then
        return false
    end
    s = getmetatable(t)
    local locked = s.special and s.special.length
    if locked and (d.writable or n ~= t.length) then
        return false
    end
    local reached = core.change_length(t, s, n)
    if d.writable == false and not locked then
        store(t, getmetatable(t), "length", { value = t.length, writable = false, enumerable = false, configurable = false }, true)
    end
    return reached
end

-- May the current property change to `d`? (ValidateAndApplyPropertyDescriptor)
local function compatible(current, d, has_value, has_get, has_set)
    if current.configurable then
        return true
    end
    if d.configurable or (d.enumerable ~= nil and d.enumerable ~= current.enumerable) then
        return false
    end
    local accessor, data = has_get or has_set, has_value or d.writable ~= nil
    if current.accessor then
        return not data and not (has_get and d.get ~= current.get) and not (has_set and d.set ~= current.set)
    end
    if accessor then
        return false
    end
    return current.writable or not (d.writable or (has_value and not js.same_value(d.value, current.value)))
end

-- [[DefineOwnProperty]].
local function define_own(o, k, d)
    local t = storage(o)
    local s = shape_of(t)
    if s.array and k == "length" then
        return define_length(t, s, d)
    elseif s.exotic and s.exotic.define_own then
        local answer = s.exotic.define_own(t, k, d)
        if answer ~= nil then
            return answer
        end
    end
    local has_value, has_get, has_set = d.has_value or d.value ~= nil, d.has_get or d.get ~= nil, d.has_set or d.set ~= nil
    local current = get_own(t, s, k)
    local merged
    if current == nil then
        if s.fixed or (s.array and type(k) == "number" and k >= t.length and s.special and s.special.length) then
            return false
        end
        merged = { enumerable = d.enumerable or false, configurable = d.configurable or false }
        if has_get or has_set then
            merged.accessor, merged.get, merged.set = true, d.get, d.set
        else
            merged.value, merged.writable = d.value, d.writable or false
        end
        store(t, s, k, merged, false)
        return true
    end
    if not compatible(current, d, has_value, has_get, has_set) then
        return false
    end
    if s.exotic and not s.pos[k] and s.exotic.get_own(t, k) then
        return true
    end
    local live = s.special and s.special[k] and s.special[k].live
    if live and not s.special[k].set then
        return not has_value or js.same_value(d.value, current.value)
    elseif live and has_value then
        s.special[k].set(t, d.value)
    end
    if live and not (has_get or has_set or d.writable == false) then
        if d.enumerable ~= nil or d.configurable ~= nil then
            merged = current
        else
            return true
        end
    end
    merged = current
    if d.enumerable ~= nil then
        merged.enumerable = d.enumerable
    end
    if d.configurable ~= nil then
        merged.configurable = d.configurable
    end
    if has_get or has_set then
        if not merged.accessor then
            merged.accessor, merged.value, merged.writable = true, nil, nil
        end
        if has_get then
            merged.get = d.get
        end
        if has_set then
            merged.set = d.set
        end
    elseif has_value or d.writable ~= nil then
        if merged.accessor then
            merged.accessor, merged.get, merged.set, merged.writable = nil, nil, nil, false
        end
        if has_value then
            merged.value = d.value
        end
        if d.writable ~= nil then
            merged.writable = d.writable
        end
    end
    store(t, s, k, merged, true)
    return true
end
js.define_own = define_own

-- CreateDataProperty.
local function create_data(o, k, v)
    if type(o) == "table" then
        local s = getmetatable(o)
        if s == js.array_shape and type(k) == "number" and k <= o.length and k < 4294967295 then
            rawset(o, k, v)
            if k == o.length then
                o.length = k + 1
            end
            return true
        elseif s and s.trans and not s.array and not s.exotic and not s.pos[k] then
            add_key(o, s, k, v, ALL)
            return true
        end
    end
    return define_own(o, k, { value = v, has_value = true, writable = true, enumerable = true, configurable = true })
end
js.create_data = create_data

function js.create_data_or_throw(o, k, v)
    if not create_data(o, k, v) then
        return js.type_error("Cannot define property " .. js.key_text(k) .. ", object is not extensible")
    end
    return true
end

-- Which prelude files to look through when asking who called.
local strict_chunks = js.strict_chunks or {}
js.strict_chunks = strict_chunks
local prefix = native.prelude_prefix or "prelude/"

-- Is the code that did the failing write strict?
local function strict_caller()
    for level = 3, 40 do
        local source, line = debug.info(level, "sl")
        if source == nil then
            return false
        end
        if string.sub(source, 1, #prefix) ~= prefix and source ~= "[C]" then
            local strict = strict_chunks[source]
            if type(strict) == "table" then
                for i = 1, #strict, 2 do
                    if line >= strict[i] and line <= strict[i + 1] then
                        return true
                    end
                end
                return false
            end
            return strict == true
        end
    end
    return false
end

core.strict_caller = strict_caller

-- First statement of a strict chunk; with line pairs only those lines are strict.
function js.use_strict(...)
    local source = debug.info(2, "s")
    if select("#", ...) > 0 then
        strict_chunks[source] = { ... }
    else
        strict_chunks[source] = true
    end
end

local REASONS = {
    read_only = function(o, k)
        return "Cannot assign to read only property '" .. js.key_text(k) .. "' of object '" .. js.describe(o) .. "'"
    end,
    no_setter = function(o, k)
        return "Cannot set property " .. js.key_text(k) .. " of " .. js.describe(o) .. " which has only a getter"
    end,
    fixed = function(o, k)
        return "Cannot add property " .. js.key_text(k) .. ", object is not extensible"
    end,
    primitive = function(o, k)
        return "Cannot create property '" .. js.key_text(k) .. "' on " .. js.typeof(o) .. " '" .. js.str(o) .. "'"
    end,
}

local function complain(o, k, reason)
    return js.type_error(REASONS[reason](o, k))
end

-- The part of OrdinarySet that writes a data property to the receiver.
local function write_receiver(receiver, k, v)
    if not js.is_object(receiver) then
        return false, "primitive"
    end
    local t = storage(receiver)
    local s = shape_of(t)
    local d = s.special and s.special[k]
    if d then
        return false, if d.accessor then "no_setter" else "read_only"
    elseif s.pos[k] then
        rawset(t, k, v)
        return true
    elseif s.array and type(k) == "number" and k < 4294967295 then
        if core.array_has(t, s, k) then
            rawset(t, k, v)
            return true
        elseif s.fixed then
            return false, "fixed"
        end
        if core.add_element(t, s, k, v) then
            return true
        end
        return false, "fixed"
    elseif s.array and k == "length" then
        if core.change_length(t, s, core.length_value(v)) then
            return true
        end
        return false, "read_only"
    elseif s.exotic then
        if s.exotic.set then
            return s.exotic.set(t, k, v)
        elseif s.exotic.get_own(t, k) then
            return false, "read_only"
        end
    end
    if s.fixed then
        return false, "fixed"
    end
    add_key(t, s, k, v, ALL)
    return true
end

-- OrdinarySet on the table `t`; false and a reason when it fails.
local function assign(t, k, v, receiver)
    local cur = t
    repeat
        local s = shape_of(cur)
        local d = s.special and s.special[k]
        if d then
            if d.accessor and not (d.live and d.set == nil) then
                local setter = d.set
                if setter then
                    setter(receiver, v)
                    return true
                end
                return false, "no_setter"
            end
            return false, "read_only"
        elseif s.pos[k] or s.array and core.array_has(cur, s, k) then
            break
        elseif s.exotic and not s.exotic.set then
            d = s.exotic.get_own(cur, k)
            if d and d.writable == false then
                return false, "read_only"
            end
        end
        cur = s.pt
    until cur == nil
    return write_receiver(receiver, k, v)
end
core.assign = assign

-- `__newindex` for everything the fast paths do not handle.
function core.newindex_slow(t, k, v)
    local s = getmetatable(t)
    if s.pos[k] and not (s.special and s.special[k]) then
        if not s.dict then
            s.trans[k] = s
        end
        rawset(t, k, v)
        return
    end
    local ok, reason = assign(t, k, v, s.fn or t)
    if not ok and strict_caller() then
        return complain(s.fn or t, k, reason)
    end
end

getmetatable(intrinsics.ArrayPrototype).__newindex = core.newindex_slow -- it was made before this file

-- [[Set]] with a receiver.
function js.set_with_receiver(o, k, v, receiver)
    return (assign(storage(o), k, v, receiver))
end

-- Assignment to a member of anything; fails silently only for a sloppy caller.
local function set(o, k, v)
    if type(o) == "table" then
        local s = getmetatable(o)
        if s == nil then
            s = shape_of(o)
        end
        if s.primitive == nil then
            if rawget(o, k) ~= nil and not (s.array and k == "length") and (v ~= nil or not s.owned_proto) then
                rawset(o, k, v)
                return
            end
            local ok, reason = assign(o, k, v, o)
            if not ok and strict_caller() then
                return complain(o, k, reason)
            end
            return
        end
    elseif o == nil or o == null then
        return js.type_error("Cannot set properties of " .. js.str(o) .. " (setting '" .. js.key_text(k) .. "')")
    end
    local proto = if type(o) == "function" then storage(o) else core.primitive_proto(o)
    local ok, reason = assign(proto, k, v, o)
    if not ok and strict_caller() then
        return complain(o, k, reason)
    end
end
js.set = set

-- Set(O, P, V, true), what built-ins use.
function js.set_strict(o, k, v)
    if type(o) == "table" and rawget(o, k) ~= nil and not (k == "length" and js.is_array(o)) then
        rawset(o, k, v)
        return
    end
    local start = if js.is_object(o) then storage(o) else core.primitive_proto(o)
    local ok, reason = assign(start, k, v, o)
    if not ok then
        return complain(o, k, reason)
    end
end

-- [[Delete]] of the table `t`.
local function remove(t, k)
    local s = shape_of(t)
    local d = s.special and s.special[k]
    if d and not d.configurable then
        return false
    elseif d or s.pos[k] then
        if s.attrs and s.attrs[k] and s.attrs[k] < CONFIGURABLE then
            return false
        end
        core.remove_key(t, s, k)
        s = getmetatable(t)
        s.enumerables = nil
        if s.array and type(k) == "number" and k < t.length then
            core.add_holes(t, s, k, k + 1)
        end
        return true
    elseif s.array and core.array_has(t, s, k) then
        if k == "length" or (s.attrs and s.attrs[k] and s.attrs[k] < CONFIGURABLE) then
            return false
        end
        if s.attrs then
            s.attrs[k] = nil
        end
        js.mark_hole(t, k)
        return true
    elseif s.exotic then
        d = s.exotic.get_own(t, k)
        if d then
            return if d.configurable and s.exotic.delete then s.exotic.delete(t, k) else false
        end
    end
    return true
end

local function delete(o, k)
    if o == nil or o == null then
        return js.type_error("Cannot convert undefined or null to object")
    end
    if not js.is_object(o) then
        o = js.to_object(o)
    end
    return remove(storage(o), k)
end
js.delete = delete

function js.delete_strict(o, k)
    if not delete(o, k) then
        return js.type_error("Cannot delete property '" .. js.key_text(k) .. "' of " .. js.describe(o))
    end
    return true
end
