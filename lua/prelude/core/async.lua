--! Async functions, async generators, `await` and `for await`. An awaiting coroutine yields the promise it waits for.
-- Outside async functions (the host's own coroutines) `js.await` yields the promise the same way and the host resumes.
local js, native = ...
native.need_file("core/promise")
native.need_file("core/generator")

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local getmetatable, setmetatable, rawget, rawset, type, error = getmetatable, setmetatable, rawget, rawset, type, error
local create, yield, status = coroutine.create, coroutine.yield, coroutine.status
local is_object, iterator_result = js.is_object, js.iterator_result
local RETURN_SIGNAL, on_error, is_limit, thrown = core.RETURN_SIGNAL, core.on_error, core.is_limit, core.thrown
local run, promise_of, add_reaction = core.run_context, core.promise_of, core.add_reaction
local resolve_promise, reject_promise, bare_promise = core.resolve_promise, core.reject_promise, core.bare_promise

function js.await(v)
    local ok, x = yield(promise_of(v))
    if ok then
        return x
    end
    return js.throw(x)
end

-- After a step of a coroutine: it waits, or it is over and `finish(context, ok, value)` takes the result.
local function after_step(context, ok, a)
    if not ok then
        a = core.unwind_context(context, a)
        if a ~= RETURN_SIGNAL and is_limit(a) then
            error(a, 0)
        end
        return context.finish(context, false, a)
    elseif status(context.co) == "dead" then
        return context.finish(context, true, a)
    elseif a == core.YIELDED then
        return
    end
    return add_reaction(a, { waiting = context })
end
core.after_step = after_step
core.YIELDED = js.slot("Yielded")

function core.resume_await(context, ok, value)
    return after_step(context, run(context, ok, value))
end

local function finish_async(context, ok, v)
    if ok then
        return resolve_promise(context.promise, v)
    end
    return reject_promise(context.promise, thrown(v))
end

function js.async(f, name, length)
    local function a(this, ...)
        local promise = bare_promise()
        local context = { n = 0, co = create(f), promise = promise, finish = finish_async }
        after_step(context, run(context, this, ...))
        return promise
    end
    core.kinds[a] = "async"
    core.names[a] = name or debug.info(f, "n") or ""
    core.lengths[a] = length or debug.info(f, "a") - 1
    return a
end

local async_function_prototype = js.new_object(intrinsics.FunctionPrototype)
intrinsics.AsyncFunctionPrototype = async_function_prototype
js.define_value(async_function_prototype, symbols.toStringTag, "AsyncFunction", "c")

-- Async generators ------------------------------------------------------------------------

local ASYNC_GENERATOR = js.slot("AsyncGenerator")
local async_generator_prototype = js.new_object(intrinsics.AsyncIteratorPrototype)
intrinsics.AsyncGeneratorPrototype = async_generator_prototype
local async_generator_function_prototype = js.new_object(intrinsics.FunctionPrototype)
intrinsics.AsyncGeneratorFunctionPrototype = async_generator_function_prototype
js.define_value(async_generator_function_prototype, "prototype", async_generator_prototype, "c")
js.define_value(async_generator_function_prototype, symbols.toStringTag, "AsyncGeneratorFunction", "c")
js.define_value(async_generator_prototype, "constructor", async_generator_function_prototype, "c")
js.define_value(async_generator_prototype, symbols.toStringTag, "AsyncGenerator", "c")

local drain_queue

-- AsyncGeneratorCompleteStep: settles the first request.
local function complete_step(state, ok, v, done)
    local request = table.remove(state.queue, 1)
    if ok then
        return resolve_promise(request.promise, iterator_result(v, done))
    end
    return reject_promise(request.promise, v)
end

-- AsyncGeneratorAwaitReturn for the first request.
local function await_return(state)
    local request = state.queue[1]
    state.phase = "awaiting-return"
    local ok, promise = xpcall(promise_of, on_error, request.value)
    if not ok then
        state.phase = "completed"
        complete_step(state, false, thrown(promise))
        return drain_queue(state)
    end
    return core.when_settled(promise, function(_, v)
        state.phase = "completed"
        complete_step(state, true, v, true)
        return drain_queue(state)
    end, function(_, e)
        state.phase = "completed"
        complete_step(state, false, e)
        return drain_queue(state)
    end)
end

function drain_queue(state)
    while state.queue[1] do
        local request = state.queue[1]
        if request.mode == "return" then
            return await_return(state)
        elseif request.mode == "throw" then
            complete_step(state, false, request.value)
        else
            complete_step(state, true, nil, true)
        end
    end
end

-- The body ended.
local function finish_generator(state, ok, v)
    state.phase, state.co = "completed", nil
    if ok then
        complete_step(state, true, v, true)
    elseif v == RETURN_SIGNAL then
        complete_step(state, true, state.returned, true)
    else
        complete_step(state, false, thrown(v))
    end
    return drain_queue(state)
end

-- Runs the body for the first request.
local function resume_body(state)
    local request = state.queue[1]
    state.phase = "executing"
    if state.fresh then
        state.fresh = false
        local arguments = state.arguments
        state.arguments = nil
        if arguments then
            return after_step(state, run(state, table.unpack(arguments, 1, arguments.n)))
        end
        return after_step(state, run(state))
    end
    return after_step(state, run(state, request.mode, request.value))
end

-- AsyncGeneratorUnwrapYieldResumption.
local function unwrap(state, mode, v)
    if mode == "return" then
        v = js.await(v)
        state.returned = v
        return error(RETURN_SIGNAL, 0)
    end
    return core.received(state, mode, v)
end

-- AsyncGeneratorYield without the await of its operand; answers how it was resumed.
local function async_yield_raw(state, v)
    complete_step(state, true, v, false)
    local request = state.queue[1]
    if request then
        return request.mode, request.value
    end
    state.phase = "suspended"
    return yield(core.YIELDED)
end
function core.async_yield(state, v)
    return unwrap(state, async_yield_raw(state, v))
end

local function incompatible(name, this)
    return js.make_error("TypeError", name .. " method called on incompatible receiver " .. js.describe(this))
end

local function request(name)
    return function(this, value)
        local promise = bare_promise()
        local state = type(this) == "table" and rawget(this, ASYNC_GENERATOR)
        if not state then
            reject_promise(promise, incompatible(name, this))
            return promise
        end
        if state.phase == "start" and name ~= "next" then
            state.phase, state.co = "completed", nil
        end
        local phase = state.phase
        if phase == "completed" and name ~= "return" then
            if name == "next" then
                resolve_promise(promise, iterator_result(nil, true))
            else
                reject_promise(promise, value)
            end
            return promise
        end
        table.insert(state.queue, { mode = name, value = value, promise = promise })
        if phase == "completed" then
            await_return(state)
        elseif phase == "start" or phase == "suspended" then
            resume_body(state)
        end
        return promise
    end
end
js.define_methods(async_generator_prototype, { "next", 1, request("next"), "return", 1, request("return"), "throw", 1, request("throw") })

function js.async_generator(f, name, length, split)
    return core.generator_function(f, "async_generator", name, length, split, function(g, state)
        state.async, state.queue, state.phase, state.finish = true, {}, "start", finish_generator
        local o = js.create_from_constructor(g, "AsyncGeneratorPrototype")
        rawset(o, ASYNC_GENERATOR, state)
        return o
    end)
end

-- Async iteration ------------------------------------------------------------------------------

-- %AsyncFromSyncIteratorPrototype%: next/return/throw answer promises.
local function continue_sync(iterator, result, close_on_error)
    local promise = bare_promise()
    local ok, e = xpcall(function()
        local done = js.truthy(result.done)
        local value = result.value
        local good, wrapped = xpcall(promise_of, on_error, value)
        if not good then
            if not done and close_on_error then
                local closer = js.get_method(iterator, "return")
                if closer then
                    closer(iterator)
                end
            end
            error(wrapped, 0)
        end
        core.when_settled(wrapped, function(_, v)
            return resolve_promise(promise, iterator_result(v, done))
        end, function(_, reason)
            if not done and close_on_error then
                xpcall(function()
                    local closer = js.get_method(iterator, "return")
                    if closer then
                        closer(iterator)
                    end
                end, on_error)
            end
            return reject_promise(promise, reason)
        end)
    end, on_error)
    if not ok then
        if is_limit(e) then
            error(e, 0)
        end
        reject_promise(promise, thrown(e))
    end
    return promise
end

local function rejected(e)
    if is_limit(e) then
        error(e, 0)
    end
    local promise = bare_promise()
    reject_promise(promise, thrown(e))
    return promise
end

-- The methods of an async iterator over the sync iterator of `x`: a table next/return_/throw_ of functions that answer promises.
local function from_sync(x)
    local method = x[symbols.iterator]
    if type(method) ~= "function" then
        return js.type_error(js.describe(x) .. " is not async iterable")
    end
    local iterator = method(x)
    if not is_object(iterator) then
        return js.type_error("Result of the Symbol.iterator method is not an object")
    end
    local next = iterator.next
    local function guarded(f, close_on_error)
        return function(...)
            local ok, result = xpcall(f, on_error, ...)
            if not ok then
                return rejected(result)
            end
            return continue_sync(iterator, result, close_on_error)
        end
    end
    local function checked(r)
        if not is_object(r) then
            return js.type_error("Iterator result " .. js.describe(r) .. " is not an object")
        end
        return r
    end
    return {
        next = guarded(function(...)
            return checked(js.call(next, iterator, ...))
        end, true),
        return_ = guarded(function(v, plain)
            local closer = js.get_method(iterator, "return")
            if not closer then
                return iterator_result(v, true)
            elseif plain then
                return checked(closer(iterator))
            end
            return checked(closer(iterator, v))
        end, false),
        throw_ = guarded(function(e)
            local thrower = js.get_method(iterator, "throw")
            if not thrower then
                local closer = js.get_method(iterator, "return")
                if closer then
                    checked(closer(iterator))
                end
                return js.type_error("The iterator does not provide a 'throw' method")
            end
            return checked(thrower(iterator, e))
        end, true),
    }
end

-- The same table for a real async iterator; return_/throw_ answer nil when the method is missing.
local function from_async(x, method)
    local iterator = method(x)
    if not is_object(iterator) then
        return js.type_error("Result of the Symbol.asyncIterator method is not an object")
    end
    local next = iterator.next
    local function optional(name)
        return function(v, plain)
            local f = js.get_method(iterator, name)
            if not f then
                return nil
            end
            if plain then
                return f(iterator)
            end
            return f(iterator, v)
        end
    end
    return {
        next = function(...)
            return js.call(next, iterator, ...)
        end,
        return_ = optional("return"),
        throw_ = optional("throw"),
    }
end

local function async_methods(x)
    if x == nil or x == null then
        return js.type_error(js.str(x) .. " is not async iterable")
    end
    local method = js.get_method(x, symbols.asyncIterator)
    if method then
        return from_async(x, method)
    end
    return from_sync(x)
end

local record = {}
record.__index = record
function record.step(it)
    it.busy = true
    local r = js.await(it.methods.next())
    if not is_object(r) then
        return js.type_error("Iterator result " .. js.describe(r) .. " is not an object")
    end
    if js.truthy(r.done) then
        it.done = true
        it:forget()
        return false
    end
    it.value, it.busy = r.value, false
    return true
end
function record.forget(it)
    local stack = it.stack
    it.stack = nil
    if stack then
        local at = table.find(stack, it)
        if at then
            table.remove(stack, at)
            stack.n -= 1
        end
    end
end
-- After a throw: waits for `return()` but ignores its outcome.
function record.abandon(it)
    it.stack = nil
    if not it.busy and not it.done then
        it.done = true
        local p = it.methods.return_(nil, true)
        if p ~= nil and not core.outside_coroutine then
            local r = js.await(p)
            if not is_object(r) then
                return js.type_error(js.describe(r) .. " is not an object")
            end
        end
    end
end
function record.close(it)
    it:forget()
    return it:abandon()
end

function js.iterate_async(x)
    local it = setmetatable({ methods = async_methods(x), done = false, busy = false, value = nil }, record)
    local stack = core.open_iterators()
    stack.n += 1
    stack[stack.n], it.stack = it, stack
    return it
end

function core.async_yield_star(state, iterable)
    local methods = async_methods(iterable)
    local mode, v = "next", nil
    while true do
        local result
        if mode == "next" then
            result = methods.next(v)
        elseif mode == "throw" then
            result = methods.throw_(v)
            if result == nil then
                local closing = methods.return_(nil, true)
                if closing ~= nil then
                    local r = js.await(closing)
                    if not is_object(r) then
                        return js.type_error(js.describe(r) .. " is not an object")
                    end
                end
                return js.type_error("The iterator does not provide a 'throw' method")
            end
        else
            result = methods.return_(v)
            if result == nil then
                state.returned = js.await(v)
                return error(RETURN_SIGNAL, 0)
            end
        end
        result = js.await(result)
        if not is_object(result) then
            return js.type_error("Iterator result " .. js.describe(result) .. " is not an object")
        end
        if js.truthy(result.done) then
            local value = result.value
            if mode == "return" then
                state.returned = value
                return error(RETURN_SIGNAL, 0)
            end
            return value
        end
        mode, v = async_yield_raw(state, result.value)
        if mode == "return" then
            -- the spec awaits inside AsyncGeneratorYield: a rejection arrives as a throw
            local ok, x = pcall(js.await, v)
            if ok then
                v = x
            elseif is_limit(x) then
                error(x, 0)
            else
                mode, v = "throw", thrown(x)
            end
        end
    end
end

core.function_constructor("AsyncFunction", intrinsics.AsyncFunctionPrototype, core.Function)
core.function_constructor("AsyncGeneratorFunction", intrinsics.AsyncGeneratorFunctionPrototype, core.Function)
