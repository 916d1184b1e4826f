-- The iteration protocol: a fast path for plain arrays, strings and built-in iterators; the exact one for everything else.
-- `js.iterate(x)` gives a record: step(), value, close(); next_value() and rest() for destructuring.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local getmetatable, setmetatable, rawget, rawset, type, sub, byte = getmetatable, setmetatable, rawget, rawset, type, string.sub, string.byte
local array_shape, null = js.array_shape, null
local is_object = js.is_object
local ITERATOR = symbols.iterator
local STEP, BRAND = js.slot("IteratorStep"), js.slot("IteratorBrand")

local iterator_prototype = js.new_object()
intrinsics.IteratorPrototype = iterator_prototype
js.define_methods(iterator_prototype, { ITERATOR, 0, function(this)
    return this
end })
intrinsics.AsyncIteratorPrototype = js.new_object()
js.define_methods(intrinsics.AsyncIteratorPrototype, { symbols.asyncIterator, 0, function(this)
    return this
end })

local result_shape = getmetatable(js.object({}, "value done"))
local function iterator_result(value, done)
    return setmetatable({ value = value, done = done }, result_shape)
end
js.iterator_result = iterator_result

-- A prototype for built-in iterators made by `js.make_iterator`.
function js.define_iterator_prototype(tag)
    local prototype = js.new_object(iterator_prototype)
    local function next(this)
        local step = type(this) == "table" and rawget(this, STEP)
        if not step or rawget(this, BRAND) ~= tag then
            return js.type_error("next method called on incompatible receiver " .. js.describe(this))
        end
        local more, v = step()
        if more then
            return iterator_result(v, false)
        end
        return iterator_result(nil, true)
    end
    js.define_methods(prototype, { "next", 0, next })
    js.define_value(prototype, symbols.toStringTag, tag, "c")
    intrinsics[string.gsub(tag, " ", "") .. "Prototype"] = prototype
    getmetatable(core.own_proto(prototype)).iterator = { next = next, brand = tag }
    return prototype
end

-- An iterator object; `step()` answers false at the end, else true and the value.
function js.make_iterator(prototype, step)
    local o = { [STEP] = step, [BRAND] = getmetatable(prototype).iterator.brand }
    return setmetatable(o, core.root_of(prototype))
end

local array_iterator_prototype = js.define_iterator_prototype("Array Iterator")
local array_next = rawget(array_iterator_prototype, "next")

local function array_iterator(o, kind)
    local i, done = -1, false
    return js.make_iterator(array_iterator_prototype, function()
        if done then
            return false
        end
        i += 1
        if i >= (if type(o) == "table" and getmetatable(o) == array_shape then o.length else js.length_of(o)) then
            done = true
            return false
        elseif kind == "value" then
            return true, js.get(o, i)
        elseif kind == "key" then
            return true, i
        end
        return true, js.array(i, (js.get(o, i)))
    end)
end
js.array_iterator = array_iterator

local array_prototype = intrinsics.ArrayPrototype
local function array_values(this)
    return array_iterator(js.to_object(this), "value")
end
core.array_values = array_values
js.array_values = array_values
js.define_methods(array_prototype, {
    "values", 0, array_values,
    "keys", 0, function(this)
        return array_iterator(js.to_object(this), "key")
    end,
    "entries", 0, function(this)
        return array_iterator(js.to_object(this), "entry")
    end,
})
core.add_key(array_prototype, getmetatable(array_prototype), ITERATOR, array_values, core.HIDDEN)

-- Code points of a string; lone surrogates are three bytes like other characters.
local function character_after(s, i)
    local b = byte(s, i)
    if b == nil then
        return nil
    end
    return sub(s, i, i + (if b < 0x80 then 0 elseif b < 0xE0 then 1 elseif b < 0xF0 then 2 else 3))
end
local string_iterator_prototype = js.define_iterator_prototype("String Iterator")
local string_next = rawget(string_iterator_prototype, "next")
local function string_values(this)
    if this == nil or this == null then
        return js.type_error("String.prototype[Symbol.iterator] called on null or undefined")
    end
    local s, i = js.str(this), 1
    return js.make_iterator(string_iterator_prototype, function()
        local c = character_after(s, i)
        if c == nil then
            return false
        end
        i += #c
        return true, c
    end)
end
js.define_methods(intrinsics.StringPrototype, { ITERATOR, 0, string_values })
local string_prototype = intrinsics.StringPrototype

-- Records ---------------------------------------------------------------------------

local fast, slow = {}, {} -- arrays and other lists; the protocol
fast.__index, slow.__index = fast, slow

local function not_iterable(x)
    return js.type_error(js.describe(x) .. " is not iterable")
end

local function push(it)
    local stack = core.open_iterators()
    local n = stack.n + 1
    stack[n], stack.n, it.stack = it, n, stack
end
local function pop(it)
    local stack = it.stack
    if stack == nil then
        return
    end
    it.stack = nil
    local n = stack.n
    for i = n, 1, -1 do
        if stack[i] == it then
            table.remove(stack, i)
            stack.n = n - 1
            return
        end
    end
end

function slow.step(it)
    if it.done then
        return false
    end
    it.busy = true
    local step = it.direct
    if step then
        local more, v = step()
        if more then
            it.value, it.busy = v, false
            return true
        end
    else
        local method = it.next
        if type(method) ~= "function" then
            return js.type_error(js.describe(method) .. " is not a function")
        end
        local r = method(it.iterator)
        if not is_object(r) then
            return js.type_error("Iterator result " .. js.describe(r) .. " is not an object")
        end
        local done = r.done
        if not (done == true or done and js.truthy(done)) then
            it.value = r.value
            it.busy = false
            return true
        end
    end
    it.done, it.value = true, nil
    pop(it)
    return false
end

-- `return()` after an exception: the result does not matter.
function slow.abandon(it)
    it.stack = nil
    if it.busy or it.done then
        return
    end
    it.done = true
    local method = js.get_method(it.iterator, "return")
    if method then
        local r = method(it.iterator)
        if not is_object(r) then
            return js.type_error(js.describe(r) .. " is not an object")
        end
    end
end
function slow.close(it)
    pop(it)
    return it:abandon()
end
function slow.next_value(it)
    if not it.done and it:step() then
        return it.value
    end
    return nil
end
function slow.rest(it)
    local list, n = {}, 0
    while it:step() do
        list[n] = it.value
        n += 1
    end
    return js.array_from0(list, n)
end

function fast.step(it)
    local i, a = it.i + 1, it.a
    if i < a.length then
        it.i, it.value = i, a[i]
        return true
    end
    it.i, it.a = 0, array_prototype -- stays done
    it.value = nil
    return false
end
function fast.close() end
function fast.abandon() end
function fast.next_value(it)
    local i, a = it.i + 1, it.a
    if i < a.length then
        it.i = i
        return a[i]
    end
    it.i, it.a = 0, array_prototype
    return nil
end
fast.rest = slow.rest

-- Is this array iterated by the built-in iterator?
local function pristine_array(x)
    return getmetatable(x) == array_shape and rawget(array_prototype, ITERATOR) == array_values and rawget(array_iterator_prototype, "next") == array_next
end

-- The exact record of GetIterator(x) given its method.
local function open_with(x, method)
    local iterator = method(x)
    if not is_object(iterator) then
        return js.type_error("Result of the Symbol.iterator method is not an object")
    end
    local it = { iterator = iterator, next = iterator.next, done = false, value = nil, busy = false }
    if type(iterator) == "table" and rawget(iterator, STEP) then
        local builtin = getmetatable(getmetatable(iterator).pt).iterator
        if builtin and builtin.next == it.next then
            it.direct = rawget(iterator, STEP)
        end
    end
    setmetatable(it, slow)
    return it
end
core.open_with = open_with

local function iterate(x)
    if type(x) == "table" and pristine_array(x) then
        return setmetatable({ a = x, i = -1, value = nil }, fast)
    end
    if x == nil or x == null then
        return not_iterable(x)
    end
    local method = x[ITERATOR]
    if type(method) ~= "function" then
        return not_iterable(x)
    end
    local it = open_with(x, method)
    push(it)
    return it
end
js.iterate = iterate

local function array_step(a, i)
    i += 1
    if i < a.length then
        return i, a[i]
    end
    return nil
end
local function string_step(s, i)
    local c = character_after(s, i)
    if c then
        return i + #c, c
    end
    return nil
end
local function record_step(it)
    if it:step() then
        return it, it.value
    end
    return nil
end

-- `for it, v in js.of(x) do`; `js.close(it)` before leaving early.
function js.of(x)
    if type(x) == "table" and pristine_array(x) then
        return array_step, x, -1
    elseif type(x) == "string" and rawget(string_prototype, ITERATOR) == string_values and rawget(string_iterator_prototype, "next") == string_next then
        return string_step, x, 1
    end
    return record_step, iterate(x), nil
end
function js.close(it)
    if type(it) == "table" then
        return it:close()
    end
end

-- Calls `f(v)` for each value; an error of `f` closes the iterator.
function js.each(x, f)
    if type(x) == "table" and pristine_array(x) then
        local i = 0
        while i < x.length do
            f(x[i])
            i += 1
        end
        return
    end
    local it = iterate(x)
    local stack = it.stack
    if stack == nil then
        while it:step() do
            f(it.value)
        end
        return
    end
    local height = stack.n - 1
    while it:step() do
        local ok, e = pcall(f, it.value)
        if not ok then
            core.unwind(stack, height, true)
            error(core.on_error(e), 0)
        end
    end
end

-- The first n values of an iterable, which is closed then: `local a, b = js.unpack(pair, 2)`.
function js.unpack(x, n)
    if type(x) == "table" and pristine_array(x) then
        if n == 1 then
            return x[0]
        elseif n == 2 then
            return x[0], x[1]
        end
        return x[0], table.unpack(x, 1, n - 1)
    end
    local it = iterate(x)
    local list = {}
    for i = 1, n do
        list[i] = it:next_value()
    end
    it:close()
    return table.unpack(list, 1, n)
end

function js.append_all(a, x)
    local n = a.length
    if type(x) == "table" and pristine_array(x) then
        local count = x.length
        if count > 0 then
            rawset(a, n, x[0])
            table.move(x, 1, count - 1, n + 1, a)
        end
        a.length = n + count
        return a
    end
    for _, v in js.of(x) do
        rawset(a, n, v)
        n += 1
    end
    a.length = n
    return a
end

-- Does anything above `level` have enumerable keys?
local function inherits_enumerable(level)
    local above = core.shape_of(level).pt
    while above do
        local _, n = js.enumerable_own(above)
        if n > 0 then
            return true
        end
        above = getmetatable(above).pt
    end
    return false
end

-- `for (k in o)`: enumerable text keys of the object and its prototypes, skipping what was deleted meanwhile.
function js.keys_in(o)
    if o == nil or o == null then
        return function() end
    end
    if not is_object(o) then
        o = js.to_object(o)
    end
    local level = core.storage(o)
    local list, n = js.enumerable_own(level)
    local format = string.format
    if not inherits_enumerable(level) then
        local s, i = getmetatable(level), 0
        local shared = not s.dict and not s.array
        return function()
            while i < n do
                i += 1
                local k = list[i]
                if (shared and getmetatable(level) == s) or js.has_own(level, k) then
                    if type(k) == "number" then
                        k = format("%d", k)
                    end
                    return k, k
                end
            end
            return nil
        end
    end
    local i, seen, passed = 0, nil, {}
    local function climb() -- to the next prototype with enumerable keys; false at the end
        repeat
            table.insert(passed, level)
            level = core.shape_of(level).pt
            if level == nil then
                return false
            end
            list, n = js.enumerable_own(level)
        until n > 0
        seen = seen or {}
        for _, below in passed do
            for _, k in (js.own_keys(below)) do
                seen[k] = true
            end
        end
        table.clear(passed)
        i = 1
        return true
    end
    return function()
        while true do
            i += 1
            if i > n and not climb() then
                return nil
            end
            local k = list[i]
            if (seen == nil or not seen[k]) and js.has_own(level, k) then
                if type(k) == "number" then
                    k = format("%d", k)
                end
                return k, k
            end
        end
    end
end
