--! setTimeout and its relatives, queueMicrotask, performance.
--! Must not know who serves the timers.
local js, native = ...

local timer_meta = { __index = js.intrinsics.ObjectPrototype }
local TIMER = js.slot("Timer")

local Timeout = js.new_object()
local function number_of(timer)
    if type(timer) == "table" then
        return rawget(timer, TIMER)
    end
    return if type(timer) == "number" then timer else tonumber(timer)
end

js.define_methods(Timeout, {
    "ref", 0, function(this) return this end,
    "unref", 0, function(this) return this end,
    "hasRef", 0, function() return true end,
    "refresh", 0, function(this) return this end,
    js.symbols.toPrimitive, 0, function(this) return number_of(this) end,
})

local function starter(name, repeating, fixed_delay)
    return js.define_function(name, if fixed_delay then 1 else 2, function(_, callback, delay, ...)
        if not js.is_callable(callback) then
            js.type_error('The "callback" argument must be of type function.')
        end
        local arguments, n
        if fixed_delay then
            arguments, n = table.pack(delay, ...), select("#", ...) + 1
            delay = fixed_delay
        else
            arguments, n = table.pack(...), select("#", ...)
            delay = js.num(delay)
        end
        local timer = js.new_object(Timeout)
        local id = native.timer_start(function()
            callback(timer, table.unpack(arguments, 1, n))
        end, delay, repeating)
        rawset(timer, TIMER, id)
        return timer
    end)
end

local function stopper(name)
    return js.define_function(name, 1, function(_, timer)
        local id = if timer == nil or timer == native.null then nil else number_of(timer)
        if id then
            native.timer_stop(id)
        end
        return nil
    end)
end

js.define_global("setTimeout", starter("setTimeout", false))
js.define_global("setInterval", starter("setInterval", true))
js.define_global("setImmediate", starter("setImmediate", false, 0))
js.define_global("clearTimeout", stopper("clearTimeout"))
js.define_global("clearInterval", stopper("clearInterval"))
js.define_global("clearImmediate", stopper("clearImmediate"))
js.define_global("queueMicrotask", js.define_function("queueMicrotask", 1, function(_, callback)
    if not js.is_callable(callback) then
        js.type_error('The "callback" argument must be of type function.')
    end
    js.enqueue_microtask(callback)
    return nil
end))

local performance = js.new_object()
js.define_methods(performance, { "now", 0, function() return native.performance_now() end })
js.define_value(performance, "timeOrigin", native.now_ms(), "wec")
js.define_global("performance", performance)
