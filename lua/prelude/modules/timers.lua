--! `timers` and `timers/promises`' setTimeout: the global timer functions.
local js, native = ...

local module = js.new_object()
for _, name in { "setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate" } do
    js.define_value(module, name, js.global(name), "wec")
end
local promises = js.new_object()
js.define_value(promises, "setTimeout", js.define_function("setTimeout", 2, function(_, delay, value)
    local promise, resolve = js.new_promise()
    js.global("setTimeout")(nil, function()
        resolve(value)
    end, delay)
    return promise
end), "wec")
js.define_value(promises, "setImmediate", js.define_function("setImmediate", 1, function(_, value)
    local promise, resolve = js.new_promise()
    js.global("setImmediate")(nil, function()
        resolve(value)
    end)
    return promise
end), "wec")
js.define_value(module, "promises", promises, "wec")

return module
