--! The queue of microtasks and what can be asked about promises before there is one (`promise` is loaded later).
--! Must not know: how a promise is settled.
local js, native = ...

local core = js.core
local rawget, type = rawget, type
local PROMISE = js.slot("Promise") -- the key of a promise's hidden record
core.PROMISE = PROMISE

-- Microtasks: four slots each (function and three arguments).
local queue, head, tail = {}, 1, 1
local function enqueue(f, a, b, c)
    queue[tail], queue[tail + 1], queue[tail + 2], queue[tail + 3] = f, a, b, c
    tail += 4
end
js.enqueue_microtask = enqueue

local function next_job()
    local at = head
    local f, a, b, c = queue[at], queue[at + 1], queue[at + 2], queue[at + 3]
    queue[at], queue[at + 1], queue[at + 2], queue[at + 3] = nil, nil, nil, nil
    head = at + 4
    if head == tail then
        head, tail = 1, 1
    end
    return f(a, b, c)
end
function js.drain_microtasks()
    while head < tail do
        next_job()
    end
end

local unhandled = {}
function core.unhandled(promise)
    table.insert(unhandled, promise)
end
-- Promises rejected without a handler since the last call.
function js.unhandled_rejections()
    local list, n = {}, 0
    for i = 1, #unhandled do
        local promise = unhandled[i]
        local record = rawget(promise, PROMISE)
        if not record.handled then
            n += 1
            list[n] = { promise = promise, reason = record.value }
        end
    end
    unhandled = {}
    return list
end

local function is_promise(x)
    return type(x) == "table" and rawget(x, PROMISE) ~= nil
end
js.is_promise = is_promise

function js.promise_state(p)
    local record = rawget(p, PROMISE)
    return record.state, record.value
end
function js.promise_observe(p)
    rawget(p, PROMISE).handled = true
end
function js.new_host_promise()
    return js.new_promise()
end
