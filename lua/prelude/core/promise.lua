--! `Promise`, in the specification's order. Loaded when somebody first makes a promise.
-- A promise is an object with a hidden record: state, value, reactions, handled. A reaction's target is a promise of ours
-- (fast), a capability of a subclass, or a coroutine that awaits.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local getmetatable, setmetatable, rawget, rawset, type, error, xpcall = getmetatable, setmetatable, rawget, rawset, type, error, xpcall
local is_object, is_limit, on_error, thrown = js.is_object, core.is_limit, core.on_error, core.thrown

local enqueue, unhandled = js.enqueue_microtask, core.unhandled
local is_promise, PROMISE = js.is_promise, core.PROMISE

local promise_prototype = js.new_object()
intrinsics.PromisePrototype = promise_prototype
local Promise -- the constructor, below


local settle_promise, resolve_promise, reject_promise

-- PromiseReactionJob.
local function reaction_job(reaction, state, value)
    local waiting = reaction.waiting
    if waiting then
        return core.resume_await(waiting, state == "fulfilled", value)
    end
    local handler = if state == "fulfilled" then reaction.on_fulfilled else reaction.on_rejected
    local ok, v = state == "fulfilled", value
    if handler then
        ok, v = xpcall(handler, on_error, nil, value)
        if not ok then
            if is_limit(v) then
                error(v, 0)
            end
            v = thrown(v)
        end
    end
    local target = reaction.promise
    if target then
        if ok then
            return resolve_promise(target, v)
        end
        return reject_promise(target, v)
    end
    local capability = reaction.capability
    if capability then
        if ok then
            return capability.resolve(nil, v)
        end
        return capability.reject(nil, v)
    end
end

function settle_promise(promise, state, value)
    local record = rawget(promise, PROMISE)
    local reactions = record.reactions
    record.state, record.value, record.reactions = state, value, nil
    if state == "rejected" and not record.handled then
        unhandled(promise)
    end
    if reactions then
        for i = 1, #reactions do
            enqueue(reaction_job, reactions[i], state, value)
        end
    end
end
function reject_promise(promise, reason)
    return settle_promise(promise, "rejected", reason)
end

-- Resolving functions without receiver: `resolve(v)`, `reject(v)`; only the first call counts.
local function resolvers(promise)
    local done = false
    return function(v)
        if not done then
            done = true
            return resolve_promise(promise, v)
        end
    end, function(v)
        if not done then
            done = true
            return reject_promise(promise, v)
        end
    end
end

-- NewPromiseResolveThenableJob.
local function thenable_job(promise, thenable, method)
    local resolve, reject = resolvers(promise)
    local ok, e = xpcall(method, on_error, thenable, js.arrow(function(_, v)
        resolve(v)
    end, "", 1), js.arrow(function(_, v)
        reject(v)
    end, "", 1))
    if not ok then
        if is_limit(e) then
            error(e, 0)
        end
        reject(thrown(e))
    end
end

local function get_then(v)
    return v["then"]
end

-- What a promise resolve function does.
function resolve_promise(promise, v)
    if not is_object(v) then
        return settle_promise(promise, "fulfilled", v)
    elseif v == promise then
        return reject_promise(promise, js.make_error("TypeError", "Chaining cycle detected for promise #<Promise>"))
    end
    local ok, method = xpcall(get_then, on_error, v)
    if not ok then
        if is_limit(method) then
            error(method, 0)
        end
        return reject_promise(promise, thrown(method))
    elseif type(method) ~= "function" then
        return settle_promise(promise, "fulfilled", v)
    end
    enqueue(thenable_job, promise, v, method)
end
core.resolve_promise, core.reject_promise = resolve_promise, reject_promise

local promise_shape
local function new_promise()
    local promise = setmetatable({ [PROMISE] = { state = "pending", value = nil, reactions = nil, handled = false } }, promise_shape)
    return promise
end
core.bare_promise = new_promise

-- A promise and its resolving functions (plain Lua functions of one argument).
function js.new_promise()
    local promise = new_promise()
    return promise, resolvers(promise)
end

local function add_reaction(promise, reaction)
    local record = rawget(promise, PROMISE)
    if record.state == "pending" then
        if record.reactions then
            table.insert(record.reactions, reaction)
        else
            record.reactions = { reaction }
        end
    else
        enqueue(reaction_job, reaction, record.state, record.value)
    end
    record.handled = true
end
core.add_reaction = add_reaction

-- Runs `on_fulfilled(v)` / `on_rejected(e)` (with receiver nil) when `promise` settles, without a result promise.
function core.when_settled(promise, on_fulfilled, on_rejected)
    return add_reaction(promise, { on_fulfilled = on_fulfilled, on_rejected = on_rejected })
end

-- NewPromiseCapability.
local function new_capability(C)
    if C == Promise then
        local promise, resolve, reject = js.new_promise()
        return { promise = promise, resolve = js.arrow(function(_, v)
            resolve(v)
        end, "", 1), reject = js.arrow(function(_, v)
            reject(v)
        end, "", 1) }
    elseif not js.is_constructor(C) then
        return js.type_error("Promise resolve or reject function is not callable")
    end
    local capability = {}
    capability.promise = js.new(C, js.arrow(function(_, resolve, reject)
        if capability.resolve ~= nil or capability.reject ~= nil then
            return js.type_error("Promise executor has already been invoked with non-undefined arguments")
        end
        capability.resolve, capability.reject = resolve, reject
    end, "", 2))
    if type(capability.resolve) ~= "function" or type(capability.reject) ~= "function" then
        return js.type_error("Promise resolve or reject function is not callable")
    end
    return capability
end

-- PromiseResolve(C, x).
local function promise_resolve(C, x)
    if is_promise(x) and js.get(x, "constructor") == C then
        return x
    end
    if C == Promise then
        local promise = new_promise()
        resolve_promise(promise, x)
        return promise
    end
    local capability = new_capability(C)
    js.call(capability.resolve, nil, x)
    return capability.promise
end
function core.promise_of(x)
    return promise_resolve(Promise, x)
end

local function promise_then(this, on_fulfilled, on_rejected)
    if not is_promise(this) then
        return js.type_error("Method Promise.prototype.then called on incompatible receiver " .. js.describe(this))
    end
    local C = js.species(this, Promise)
    local reaction = {
        on_fulfilled = if type(on_fulfilled) == "function" then on_fulfilled else nil,
        on_rejected = if type(on_rejected) == "function" then on_rejected else nil,
    }
    local result
    if C == Promise then
        result = new_promise()
        reaction.promise = result
    else
        reaction.capability = new_capability(C)
        result = reaction.capability.promise
    end
    add_reaction(this, reaction)
    return result
end

local function finally(this, on_finally)
    if not is_object(this) then
        return js.type_error("Promise.prototype.finally called on a non-object")
    end
    local C = js.species(this, Promise)
    if type(on_finally) ~= "function" then
        return js.invoke(this, "then", on_finally, on_finally)
    end
    local function then_finally(_, value)
        local promise = promise_resolve(C, on_finally(nil))
        return js.invoke(promise, "then", js.arrow(function()
            return value
        end, "", 0))
    end
    local function catch_finally(_, reason)
        local promise = promise_resolve(C, on_finally(nil))
        return js.invoke(promise, "then", js.arrow(function()
            return js.throw(reason)
        end, "", 0))
    end
    return js.invoke(this, "then", js.arrow(then_finally, "", 1), js.arrow(catch_finally, "", 1))
end

js.define_methods(promise_prototype, {
    "then", 2, promise_then,
    "catch", 1, function(this, on_rejected)
        return js.invoke(this, "then", nil, on_rejected)
    end,
    "finally", 1, finally,
})
js.define_value(promise_prototype, symbols.toStringTag, "Promise", "c")

Promise = js.define_constructor("Promise", 1, function(new_target, executor)
    if type(executor) ~= "function" then
        return js.type_error("Promise resolver " .. js.describe(executor) .. " is not a function")
    end
    local promise = js.create_from_constructor(new_target, "PromisePrototype")
    rawset(promise, PROMISE, { state = "pending", value = nil, reactions = nil, handled = false })
    local resolve, reject = resolvers(promise)
    local ok, e = xpcall(executor, on_error, nil, js.arrow(function(_, v)
        resolve(v)
    end, "", 1), js.arrow(function(_, v)
        reject(v)
    end, "", 1))
    if not ok then
        if is_limit(e) then
            error(e, 0)
        end
        reject(thrown(e))
    end
    return promise
end, nil, promise_prototype)
promise_shape = getmetatable(js.create_intrinsic("PromisePrototype"))
core.Promise = Promise
js.define_species(Promise)

-- Combinators -------------------------------------------------------------------------

-- The common frame: errors before the first settlement reject the capability; the iterator is closed when a step failed outside of it.
local function combine(C, iterable, run)
    local capability = new_capability(C)
    local it
    local ok, v = xpcall(function()
        local resolve = js.get(C, "resolve")
        if type(resolve) ~= "function" then
            return js.type_error("Promise resolve or reject function is not callable")
        end
        if iterable == nil or iterable == null or type(iterable[symbols.iterator]) ~= "function" then
            return js.type_error(js.describe(iterable) .. " is not iterable")
        end
        it = core.open_with(iterable, iterable[symbols.iterator])
        return run(capability, it, function(x)
            return js.call(resolve, C, x)
        end)
    end, on_error)
    if ok then
        return v
    elseif is_limit(v) then
        error(v, 0)
    end
    if it and not it.done and not it.busy then
        local closed, e = xpcall(it.abandon, on_error, it)
        if not closed and is_limit(e) then
            error(e, 0)
        end
    end
    capability.reject(nil, thrown(v))
    return capability.promise
end

-- all, allSettled and any share counting; `element` makes the two handlers of one item.
local function counted(capability, it, resolve, element, finish)
    local values, index, remaining = {}, 0, 1
    local function done_one()
        remaining -= 1
        if remaining == 0 then
            return finish(values, index)
        end
    end
    while it:step() do
        local at = index
        index += 1
        values[at] = nil
        local promise = resolve(it.value)
        remaining += 1
        local on_fulfilled, on_rejected = element(function(v)
            values[at] = v
            return done_one()
        end)
        js.invoke(promise, "then", on_fulfilled, on_rejected)
    end
    done_one()
    return capability.promise
end

local function once(f, before)
    local called = before or { false }
    return js.arrow(function(_, v)
        if not called[1] then
            called[1] = true
            return f(v)
        end
    end, "", 1), called
end

js.define_methods(Promise, {
    "all", 1, function(this, iterable)
        return combine(this, iterable, function(capability, it, resolve)
            return counted(capability, it, resolve, function(set)
                return (once(set)), capability.reject
            end, function(values, n)
                return capability.resolve(nil, js.array_from0(values, n))
            end)
        end)
    end,
    "allSettled", 1, function(this, iterable)
        return combine(this, iterable, function(capability, it, resolve)
            return counted(capability, it, resolve, function(set)
                local on_fulfilled, called = once(function(v)
                    return set(js.object({ status = "fulfilled", value = v }, "status value"))
                end)
                return on_fulfilled, (once(function(e)
                    return set(js.object({ status = "rejected", reason = e }, "status reason"))
                end, called))
            end, function(values, n)
                return capability.resolve(nil, js.array_from0(values, n))
            end)
        end)
    end,
    "any", 1, function(this, iterable)
        return combine(this, iterable, function(capability, it, resolve)
            return counted(capability, it, resolve, function(set)
                return capability.resolve, (once(set))
            end, function(errors, n)
                local e = js.make_error("AggregateError", "All promises were rejected")
                core.add_key(e, getmetatable(e), "errors", js.array_from0(errors, n), core.HIDDEN)
                return capability.reject(nil, e)
            end)
        end)
    end,
    "race", 1, function(this, iterable)
        return combine(this, iterable, function(capability, it, resolve)
            while it:step() do
                js.invoke(resolve(it.value), "then", capability.resolve, capability.reject)
            end
            return capability.promise
        end)
    end,
    "resolve", 1, function(this, v)
        if not is_object(this) then
            return js.type_error("PromiseResolve called on non-object")
        end
        return promise_resolve(this, v)
    end,
    "reject", 1, function(this, reason)
        local capability = new_capability(this)
        js.call(capability.reject, nil, reason)
        return capability.promise
    end,
    "withResolvers", 0, function(this)
        local capability = new_capability(this)
        return js.object({ promise = capability.promise, resolve = capability.resolve, reject = capability.reject }, "promise resolve reject")
    end,
})
js.define_global("Promise", Promise)
