--! Generators: a coroutine per generator object; `return()` from outside is a signal which runs `finally` and skips `catch`.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local getmetatable, setmetatable, rawget, rawset, type, error, pack, unpack = getmetatable, setmetatable, rawget, rawset, type, error, table.pack, table.unpack
local create, resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
local is_object, iterator_result = js.is_object, js.iterator_result
local RETURN_SIGNAL, on_error, is_limit, thrown = core.RETURN_SIGNAL, core.on_error, core.is_limit, core.thrown
local GENERATOR = js.slot("Generator")
local RAW = js.slot("RawResult") -- yield* passes inner result objects through

local generator_prototype = js.new_object(intrinsics.IteratorPrototype)
intrinsics.GeneratorPrototype = generator_prototype
local generator_function_prototype = js.new_object(intrinsics.FunctionPrototype)
intrinsics.GeneratorFunctionPrototype = generator_function_prototype
js.define_value(generator_function_prototype, "prototype", generator_prototype, "c")
js.define_value(generator_function_prototype, symbols.toStringTag, "GeneratorFunction", "c")
js.define_value(generator_prototype, "constructor", generator_function_prototype, "c")
js.define_value(generator_prototype, symbols.toStringTag, "Generator", "c")

-- Runs the coroutine of `context` with its own stack of open iterators; answers ok, a, b.
local function run(context, ...)
    local outer = core.swap_open(context)
    local ok, a, b = resume(context.co, ...)
    core.swap_open(outer)
    return ok, a, b
end
core.run_context = run

-- After an error left the coroutine: closes its open iterators; answers the error to go on with.
function core.unwind_context(context, e)
    if context.n == 0 then
        return e
    end
    local outer = core.swap_open({ n = 0 })
    core.outside_coroutine = true -- the coroutine is dead: nothing can be awaited in it any more
    local ok, other = xpcall(core.unwind, on_error, context, 0, e ~= RETURN_SIGNAL)
    core.outside_coroutine = false
    core.swap_open(outer)
    return if ok then e else other
end

-- Resumes a generator with "next", "throw" or "return".
local function resume_generator(state, mode, v)
    if state.running then
        return js.type_error("Generator is already running")
    elseif state.done or (state.fresh and mode ~= "next") then
        state.done, state.co = true, nil
        if mode == "throw" then
            return js.throw(v)
        end
        return iterator_result(if mode == "return" then v else nil, true)
    end
    state.running = true
    local ok, a, b
    if state.fresh then
        state.fresh = false
        local arguments = state.arguments
        if arguments then
            state.arguments = nil
            ok, a, b = run(state, unpack(arguments, 1, arguments.n))
        else
            ok, a, b = run(state)
        end
    else
        ok, a, b = run(state, mode, v)
    end
    state.running = false
    if not ok then
        state.done, state.co = true, nil
        a = core.unwind_context(state, a)
        if a == RETURN_SIGNAL then
            return iterator_result(state.returned, true)
        end
        error(on_error(a), 0)
    elseif status(state.co) == "dead" then
        state.done, state.co = true, nil
        return iterator_result(a, true)
    elseif a == RAW then
        return b
    end
    return iterator_result(a, false)
end

local function generator_state(this, name)
    local state = type(this) == "table" and rawget(this, GENERATOR)
    if not state then
        return js.type_error(name .. " method called on incompatible receiver " .. js.describe(this))
    end
    return state
end

js.define_methods(generator_prototype, {
    "next", 1, function(this, v)
        return resume_generator(generator_state(this, "next"), "next", v)
    end,
    "return", 1, function(this, v)
        return resume_generator(generator_state(this, "return"), "return", v)
    end,
    "throw", 1, function(this, e)
        return resume_generator(generator_state(this, "throw"), "throw", e)
    end,
})

-- What a resumed `yield` does with the way it was resumed.
local function received(state, mode, v)
    if mode == "next" then
        return v
    elseif mode == "throw" then
        return js.throw(v)
    end
    state.returned = v
    return error(RETURN_SIGNAL, 0)
end
core.received = received

function js.yield(v)
    local state = core.open_iterators()
    if state.async then
        return core.async_yield(state, js.await(v))
    end
    return received(state, yield(v))
end

-- The record of an inner iterator for yield*.
local function inner_iterator(iterable)
    if iterable == nil or iterable == null or type(iterable[symbols.iterator]) ~= "function" then
        return js.type_error(js.describe(iterable) .. " is not iterable")
    end
    local iterator = iterable[symbols.iterator](iterable)
    if not is_object(iterator) then
        return js.type_error("Result of the Symbol.iterator method is not an object")
    end
    return iterator, iterator.next
end

function js.yield_star(iterable)
    local state = core.open_iterators()
    if state.async then
        return core.async_yield_star(state, iterable)
    end
    local iterator, next = inner_iterator(iterable)
    local mode, v = "next", nil
    while true do
        local result
        if mode == "next" then
            result = js.call(next, iterator, v)
        elseif mode == "throw" then
            local method = js.get_method(iterator, "throw")
            if not method then
                local close = js.get_method(iterator, "return")
                if close then
                    local r = close(iterator)
                    if not is_object(r) then
                        return js.type_error(js.describe(r) .. " is not an object")
                    end
                end
                return js.type_error("The iterator does not provide a 'throw' method")
            end
            result = method(iterator, v)
        else
            local method = js.get_method(iterator, "return")
            if not method then
                return received(state, "return", v)
            end
            result = method(iterator, v)
        end
        if not is_object(result) then
            return js.type_error("Iterator result " .. js.describe(result) .. " is not an object")
        end
        if js.truthy(result.done) then
            if mode == "return" then
                return received(state, "return", result.value)
            end
            return result.value
        end
        mode, v = yield(RAW, result)
    end
end

-- Common part of `js.generator` and `js.async_generator`: wraps `f` so that calls make `make(g, state)`.
function core.generator_function(f, kind, name, length, split, make)
    local g
    function g(this, ...)
        local state
        if split then
            state = { n = 0, fresh = true, co = create((f(this, ...))) }
        else
            state = { n = 0, fresh = true, co = create(f), arguments = pack(this, ...) }
        end
        return make(g, state)
    end
    core.kinds[g] = kind
    core.names[g] = name or debug.info(f, "n") or ""
    core.lengths[g] = length or debug.info(f, "a") - 1
    return g
end

function js.generator(f, name, length, split)
    return core.generator_function(f, "generator", name, length, split, function(g, state)
        local o = js.create_from_constructor(g, "GeneratorPrototype")
        rawset(o, GENERATOR, state)
        return o
    end)
end

core.function_constructor("GeneratorFunction", intrinsics.GeneratorFunctionPrototype, core.Function)
