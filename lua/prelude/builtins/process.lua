--! `process`: what scripts read of it (platform, env, argv, versions, cwd, nextTick, hrtime, stdout.write, exit).
--! Must not know the engine; facts come from natives.
local js, native = ...

local process = js.new_object()
local facts = native.system_facts()

local function add(target, name, length, f)
    js.define_value(target, name, js.define_function(name, length, f), "wec")
end

local argv = js.array("node")
for _, argument in native.arguments or {} do
    js.append(argv, argument)
end

local env = js.new_object()
local variables = native.environment()
local names = {}
for name in variables do
    table.insert(names, name)
end
table.sort(names)
for _, name in names do
    js.create_data(env, js.key(name), variables[name])
end

js.define_value(process, "title", "pino", "wec")
js.define_value(process, "version", "v20.0.0", "wec")
js.define_value(process, "versions", js.object({ node = "20.0.0" }, "node"), "wec")
js.define_value(process, "arch", facts.arch, "wec")
js.define_value(process, "platform", facts.platform, "wec")
js.define_value(process, "argv", argv, "wec")
js.define_value(process, "execArgv", js.array(), "wec")
js.define_value(process, "execPath", "node", "wec")
js.define_value(process, "env", env, "wec")
js.define_value(process, "pid", 1, "wec")
js.define_value(process, "ppid", 0, "wec")
js.define_value(process, "exitCode", nil, "wec")
js.define_value(process, js.symbols.toStringTag, "process", "c")

add(process, "cwd", 0, function()
    return native.cwd()
end)
add(process, "uptime", 0, function()
    return native.performance_now() / 1000
end)
add(process, "nextTick", 1, function(_, f, ...)
    if type(f) ~= "function" then
        js.type_error('The "callback" argument must be of type function. Received ' .. js.describe(f))
    end
    local n = select("#", ...)
    local list = { ... }
    js.enqueue_microtask(function()
        f(nil, table.unpack(list, 1, n))
    end)
end)
add(process, "exit", 1, function(_, code)
    if native.exit then
        native.exit(js.to_integer(code))
    end
    local e = js.make_error("Error", "process.exit is not available in a script; return from it instead")
    js.set(e, "code", "ENOTSUP")
    js.throw(e)
end)
add(process, "memoryUsage", 0, function()
    local bytes = gcinfo() * 1024
    return js.object({ rss = bytes, heapTotal = bytes, heapUsed = bytes }, "rss heapTotal heapUsed")
end)
add(process, "hrtime", 1, function(_, since)
    local ns = native.performance_now() * 1e6
    local seconds, rest = ns // 1e9, math.floor(ns % 1e9)
    if js.is_object(since) then
        seconds -= js.num(js.get(since, 0))
        rest -= js.num(js.get(since, 1))
        if rest < 0 then
            seconds -= 1
            rest += 1e9
        end
    end
    return js.array(seconds, rest)
end)
js.define_value(js.get(process, "hrtime"), "bigint", js.define_function("bigint", 0, function()
    return js.bigint(string.format("%d", math.floor(native.performance_now() * 1e6)))
end), "wec")

for _, name in { "on", "once", "off", "addListener", "removeListener", "removeAllListeners", "emitWarning" } do
    add(process, name, 2, function(this)
        return this
    end)
end
add(process, "emit", 1, function()
    return false
end)

for stream, level in { stdout = "raw", stderr = "raw_error" } do
    local target = js.new_object()
    add(target, "write", 1, function(_, text)
        if native.print_raw and level == "raw" then
            native.print_raw(js.str(text))
        else
            native.console("error", (string.gsub(js.str(text), "\n$", "")))
        end
        return true
    end)
    js.define_value(target, "isTTY", false, "wec")
    js.define_value(process, stream, target, "wec")
end

js.define_global("process", process)
