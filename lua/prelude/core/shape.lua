-- Shapes: an object's metatable says which keys it has, in which order, with which attributes, and what it inherits.
-- Shared shapes are immutable and linked by transitions; a shape with `dict` belongs to one object and changes in place.
-- Fields: keys (list; `false` where deleted), pos (key → index), n, proto (JavaScript value), pt (the prototype's table or nil),
--   attrs (key → bits of raw properties that are not w+e+c), special (key → descriptor of properties that are not raw: accessors,
--   read-only ones), trans / hidden (key → next shape; hidden: not enumerable), dict, fixed (not extensible), shadow (an own key hides an
--   inherited one, so a nil value must not fall through), array, holes, fn (the function this table stores properties for),
--   owned_proto (in use as a prototype), kids (shapes that inherit from it), accessors (own accessors), hands_down (accessors here or above),
--   quiet (the only special property is Object.prototype.__proto__, which plain reads need not see), exotic (hooks of objects with computed keys), kind (object, array, function, error, date…), box (type of a wrapped primitive),
--   plain (all own keys are text, w+e+c and raw: Rust may walk `keys`).
-- Must not know property descriptors' rules (own.lua) or arrays' holes (array.lua).
local js, native = ...

local null = null
local clone, getmetatable, setmetatable, rawget, rawset, type = table.clone, getmetatable, setmetatable, rawget, rawset, type

local SHARED_KEYS_MAX = 64 -- more keys: the object is used as a dictionary
local FAN_OUT_MAX = 200 -- more different next keys after one shape: likewise
local WRITABLE, ENUMERABLE, CONFIGURABLE, ALL, HIDDEN = 1, 2, 4, 7, 5
local WEAK_KEYS = { __mode = "k" }

local core = { ALL = ALL, HIDDEN = HIDDEN, WRITABLE = WRITABLE, ENUMERABLE = ENUMERABLE, CONFIGURABLE = CONFIGURABLE }
js.core = core -- what the files of core share and nobody else uses

local storages = setmetatable({}, WEAK_KEYS) -- function → table of its properties
core.storages = storages
core.index_special = false -- some prototype has a special property with an index as key

-- The table in which an object's properties live (function.lua replaces it once functions can be stored).
function core.storage(o)
    if type(o) == "table" then
        return o
    end
    return core.function_storage(o)
end

-- Is `k` an own property of the array `t` that no shape lists: an element or `length`?
local function array_has(t, s, k)
    if k == "length" then
        return true
    end
    if type(k) ~= "number" or k >= t.length then
        return false
    end
    local holes = s.holes
    return holes == nil or rawget(t, k) ~= nil or k < holes.lo or k >= holes.hi or holes.filled[k] ~= nil
end
core.array_has = array_has

-- [[Get]] for whatever a raw read did not answer. `t` lacks a raw value for `k`.
local function index(t, k)
    local s = getmetatable(t)
    local receiver = s.fn or t
    while true do
        local special = s.special
        if special then
            local d = special[k]
            if d then
                if d.accessor then
                    local getter = d.get
                    if getter then
                        return (getter(receiver))
                    end
                    return nil
                end
                return d.value
            end
        end
        if s.pos[k] or s.array and array_has(t, s, k) then
            return rawget(t, k)
        end
        local exotic = s.exotic
        if exotic then
            local d = exotic.get_own(t, k)
            if d then
                if d.get then
                    return (d.get(receiver))
                end
                return d.value
            end
        end
        t = s.pt
        if t == nil then
            return nil
        end
        local v = rawget(t, k)
        if v ~= nil then
            return v
        end
        s = getmetatable(t)
        if s.lazy then
            core.wake(t, s)
            return core.get_from(t, k, receiver)
        end
    end
end
core.index = index

-- The same with a receiver of its own: `get_from(start, k, receiver)`; `start` a table.
function core.get_from(t, k, receiver)
    while t ~= nil do
        local v = rawget(t, k)
        if v ~= nil then
            return v
        end
        local s = getmetatable(t)
        if s.lazy then
            core.wake(t, s)
            return core.get_from(t, k, receiver)
        end
        local d = s.special and s.special[k]
        if d then
            if d.accessor then
                local getter = d.get
                if getter then
                    return (getter(receiver))
                end
                return nil
            end
            return d.value
        end
        if s.pos[k] or s.array and array_has(t, s, k) then
            return nil
        end
        if s.exotic then
            d = s.exotic.get_own(t, k)
            if d then
                if d.get then
                    return (d.get(receiver))
                end
                return d.value
            end
        end
        t = s.pt
    end
    return nil
end

-- Does the chain that starts at table `t` have `k`?
local function chain_has(t, k)
    while t ~= nil do
        local s = getmetatable(t)
        if s.lazy and type(k) ~= "number" then
            core.wake(t, s)
        end
        if rawget(t, k) ~= nil or s.pos[k] or s.special and s.special[k] or s.array and array_has(t, s, k) then
            return true
        end
        if s.exotic and s.exotic.get_own(t, k) then
            return true
        end
        t = s.pt
    end
    return false
end
core.chain_has = chain_has

-- Chooses `__index`: the prototype itself where plain table look-up is right.
local function refresh(s)
    local pt = s.pt
    if s.keep then
        s.keep(s)
    elseif s.lazy then
        s.__index = s.lazy
    elseif (s.special and not s.quiet) or s.shadow or s.exotic or (s.dict and not s.owned_proto) then
        s.__index = index
    elseif pt == nil then
        s.__index = nil
    elseif getmetatable(pt).hands_down then
        s.__index = index
    else
        s.__index = pt
    end
end
core.refresh = refresh

-- Recomputes `hands_down` of a prototype's shape and, when it changed, of everything that inherits from it.
local function hand_down(s)
    local now = s.accessors or (s.pt ~= nil and getmetatable(s.pt).hands_down) or nil
    if now ~= s.hands_down then
        s.hands_down = now
        for kid in s.kids do
            refresh(kid)
            if kid.owned_proto then
                hand_down(kid)
            end
        end
    end
end
core.hand_down = hand_down

-- A special property `k` appeared on a prototype: cached transitions below that would add `k` are wrong now.
local function forget_transitions(s, k)
    for kid in s.kids do
        local trans = kid.trans
        if trans and trans[k] ~= kid then
            trans[k] = nil
        end
        if kid.owned_proto then
            forget_transitions(kid, k)
        end
    end
end
core.forget_transitions = forget_transitions

local newindex, newindex_array -- below

local function register(s)
    local pt = s.pt
    if pt then
        getmetatable(pt).kids[s] = true
    end
    return refresh(s)
end

local function new_shape(pt, proto)
    local s = { keys = {}, pos = {}, n = 0, proto = proto, pt = pt, kind = "object", plain = true, trans = {}, fan = 0, __newindex = newindex, __index = nil }
    register(s)
    return s
end

-- Gives `t` a shape of its own which may change in place.
local function to_dict(t, s)
    if s.dict then
        return s
    end
    local d = {
        keys = clone(s.keys), pos = clone(s.pos), n = s.n, proto = s.proto, pt = s.pt, attrs = s.attrs and clone(s.attrs), shadow = s.shadow,
        array = s.array, kind = s.kind, box = s.box, exotic = s.exotic, has_number = s.has_number, dict = true, __newindex = core.newindex_slow, __index = index,
        __iter = s.__iter, __len = s.__len,
    }
    setmetatable(t, d)
    return d
end
core.to_dict = to_dict

-- A plain Lua table of hand-written code met JavaScript: it becomes an object, list part first, then keys by name.
local function adopt(t)
    local names, n = {}, 0
    for k in next, t do
        n += 1
        names[n] = k
    end
    table.sort(names, function(a, b)
        if type(a) == type(b) and type(a) ~= "table" and type(a) ~= "boolean" then
            return a < b
        end
        return type(a) == "number" and type(b) ~= "number"
    end)
    local s = core.dict_shape(js.intrinsics.ObjectPrototype)
    for i = 1, n do
        local k = names[i]
        s.keys[i], s.pos[k] = k, i
        s.has_number = s.has_number or type(k) == "number"
    end
    s.n = n
    setmetatable(t, s)
    return s
end

local function shape_of(t)
    local s = getmetatable(t) or adopt(t)
    if s.lazy then
        core.wake(t, s)
    end
    return s
end
core.shape_of = shape_of

-- The built-in prototype `t` is filled by the file `file` when somebody misses something on it.
function core.fill_later(t, file)
    local s = to_dict(t, getmetatable(t))
    function s.lazy(_, k)
        core.wake(t, s, file)
        return t[k]
    end
    s.lazy_file = file
    refresh(s)
end
function core.wake(t, s)
    s.lazy = nil
    refresh(s)
    native.need(s.lazy_file)
end

-- Marks an object as a prototype: its shape becomes its own and knows what inherits from it.
local function own_proto(p)
    local t = core.storage(p)
    local s = shape_of(t)
    if not s.owned_proto then
        s = to_dict(t, s)
        s.owned_proto = true
        s.kids = setmetatable({}, WEAK_KEYS)
        if s.pt then
            own_proto(s.pt)
            getmetatable(s.pt).kids[s] = true
        end
        hand_down(s)
        refresh(s)
    end
    return t, s
end
core.own_proto = own_proto

local null_root = new_shape(nil, null)

-- The shape of an empty object with prototype `p` (an object or null).
local function root_of(p)
    if p == null then
        return null_root
    end
    local t, s = own_proto(p)
    local root = s.root
    if root == nil then
        root = new_shape(t, p)
        s.root = root
    end
    return root
end
core.root_of = root_of

-- Another family of shapes below the same prototype (arrays, errors, arguments…), cached by `name`.
function core.root_variant(p, name, prepare)
    if p == null then
        local s = new_shape(nil, null)
        prepare(s)
        return s
    end
    local t, s = own_proto(p)
    local variant = s[name]
    if variant == nil then
        variant = new_shape(t, p)
        prepare(variant)
        refresh(variant)
        s[name] = variant
    end
    return variant
end

-- A new shape of its own for one object.
function core.dict_shape(proto)
    local pt = nil
    if proto ~= null then
        pt = own_proto(proto)
    end
    return { keys = {}, pos = {}, n = 0, proto = proto, pt = pt, kind = "object", dict = true, __newindex = core.newindex_slow, __index = index }
end

-- The shape after adding `k`; nil when the object had better become a dictionary.
local function extend(s, k, bits, forced)
    local n = s.n + 1
    if (n > SHARED_KEYS_MAX or s.fan >= FAN_OUT_MAX) and not forced then
        return nil
    end
    local keys, pos = clone(s.keys), clone(s.pos)
    keys[n], pos[k] = k, n
    local attrs = s.attrs
    if bits ~= ALL then
        attrs = attrs and clone(attrs) or {}
        attrs[k] = bits
    end
    local c = {
        keys = keys, pos = pos, n = n, proto = s.proto, pt = s.pt, trans = {}, fan = 0, attrs = attrs, array = s.array, kind = s.kind, box = s.box, exotic = s.exotic,
        shadow = s.shadow or chain_has(s.pt, k), plain = s.plain and bits == ALL and type(k) == "string" and not s.array, has_number = s.has_number or type(k) == "number", __newindex = s.__newindex, __index = nil,
        __iter = s.__iter, __len = s.__len,
    }
    register(c)
    s.fan += 1
    if bits == ALL then
        s.trans[k] = c
    else
        local hidden = s.hidden
        if hidden == nil then
            hidden = {}
            s.hidden = hidden
        end
        hidden[k] = c
    end
    return c
end

-- Adds the key `k`, known to be absent, as a raw data property; no checks.
local function add_key(t, s, k, v, bits)
    if not s.dict then
        local c
        if bits == ALL then
            c = rawget(s.trans, k)
        elseif bits == HIDDEN then
            c = s.hidden and s.hidden[k]
        end
        if c == nil and type(k) ~= "number" and (bits == ALL or bits == HIDDEN) then
            c = extend(s, k, bits)
        end
        if c then
            rawset(t, k, v)
            setmetatable(t, c)
            return
        end
        s = to_dict(t, s)
    end
    local n = s.n + 1
    s.n, s.keys[n], s.pos[k], s.ordered = n, k, n, nil
    if type(k) == "number" then
        s.has_number = true
    end
    if bits ~= ALL then
        local attrs = s.attrs
        if attrs == nil then
            attrs = {}
            s.attrs = attrs
        end
        attrs[k] = bits
    end
    if s.owned_proto and v == nil and chain_has(s.pt, k) then
        s.shadow = true
        refresh(s)
    end
    rawset(t, k, v)
end
core.add_key = add_key

-- Adds an index key to a shape that stays shared (arguments objects).
function core.add_argument_key(t, k)
    local s = getmetatable(t)
    if s.dict then
        return add_key(t, s, k, nil, ALL)
    end
    setmetatable(t, rawget(s.trans, k) or extend(s, k, ALL, true))
end

-- Forgets the key `k` of `t`; no checks. The object gets a shape of its own.
function core.remove_key(t, s, k)
    s = to_dict(t, s)
    local i = s.pos[k]
    s.pos[k], s.ordered = nil, nil
    if i then
        s.keys[i] = false
        if i == s.n then
            s.n = i - 1
            s.keys[i] = nil
        end
    end
    if s.attrs then
        s.attrs[k] = nil
    end
    if s.special then
        s.special[k] = nil
    end
    rawset(t, k, nil)
end

-- Index keys ascending, then text (with larger integers), then symbols; cached on the shape, so callers must not change the list.
function core.ordered_keys(s)
    local ordered = s.ordered
    if ordered then
        return ordered, #ordered
    end
    local keys, n = s.keys, 0
    ordered = {}
    local numbers, symbols = nil, nil
    for i = 1, s.n do
        local k = keys[i]
        if type(k) == "number" and k < 4294967295 then
            numbers = numbers or {}
            table.insert(numbers, k)
        elseif type(k) == "table" then
            symbols = symbols or {}
            table.insert(symbols, k)
        elseif k then
            n += 1
            ordered[n] = k
        end
    end
    if numbers then
        table.sort(numbers)
        table.move(ordered, 1, n, #numbers + 1)
        table.move(numbers, 1, #numbers, 1, ordered)
        n += #numbers
    end
    if symbols then
        table.move(symbols, 1, #symbols, n + 1, ordered)
    end
    s.ordered = ordered
    return ordered, #ordered
end

-- `__newindex` of shared shapes: a raw miss is a new key, or a present one whose value is undefined.
function newindex(t, k, v)
    local s = getmetatable(t)
    local c = s.trans[k]
    if c then
        rawset(t, k, v)
        if c ~= s then -- replacing a metatable is what costs here
            setmetatable(t, c)
        end
        return
    end
    return core.newindex_slow(t, k, v)
end

-- `__newindex` of shared array shapes.
function newindex_array(t, k, v)
    if type(k) == "number" then
        local n = t.length
        if k <= n and n < 4294967295 and not core.index_special then
            rawset(t, k, v)
            if k == n then
                t.length = n + 1
            end
            return
        end
    end
    return core.newindex_slow(t, k, v)
end
core.newindex_array = newindex_array
null_root.__newindex = newindex

local literal_shapes = setmetatable({}, {
    __index = function(cache, names)
        local s = root_of(js.intrinsics.ObjectPrototype)
        for name in string.gmatch(names, "%S+") do
            local k = js.key(name)
            if not s.pos[k] then
                s = s.trans[k] or extend(s, k, ALL, true)
            end
        end
        cache[names] = s
        return s
    end,
})
local object_root

-- An object literal: `js.object({ a = 1, b = 2 }, "a b")`.
function js.object(t, names)
    if names then
        return setmetatable(t, literal_shapes[names])
    end
    return setmetatable(t or {}, object_root)
end

-- Makes the Lua table `t` an object whose keys are listed (1-based, no duplicates, already property keys).
function js.with_keys(t, keys, n)
    local s = object_root
    for i = 1, n do
        local k = keys[i]
        local c = s.trans[k]
        if c == nil then
            if type(k) ~= "number" and k ~= "__proto__" then
                c = extend(s, k, ALL)
            end
            if c == nil then
                local d = core.dict_shape(js.intrinsics.ObjectPrototype)
                for j = 1, n do
                    d.keys[j], d.pos[keys[j]] = keys[j], j
                    d.has_number = d.has_number or type(keys[j]) == "number"
                end
                d.n = n
                return setmetatable(t, d)
            end
        end
        s = c
    end
    return setmetatable(t, s)
end

function js.new_object(proto)
    if proto == nil then
        return setmetatable({}, object_root)
    end
    return setmetatable({}, root_of(proto))
end

-- Object.prototype exists before every other object.
local object_prototype = {}
setmetatable(object_prototype, {
    kind = "object",
    keys = {}, pos = {}, n = 0, proto = null, dict = true, owned_proto = true, kids = setmetatable({}, WEAK_KEYS), special = {}, quiet = true,
})
js.intrinsics.ObjectPrototype = object_prototype
object_root = root_of(object_prototype)
js.object_shape = object_root
core.newindex = newindex
function core.finish_object_prototype()
    local s = getmetatable(object_prototype)
    s.__newindex = core.newindex_slow
    refresh(s)
end
