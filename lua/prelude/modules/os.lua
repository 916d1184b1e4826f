--! `os`: facts about the (maybe simulated) machine from `native.system_facts`. Must not know where they come from.
local js, native = ...

local os_module = js.new_object()
local facts
local function fact(name)
    facts = facts or native.system_facts()
    return facts[name]
end

local function add(name, f)
    js.define_value(os_module, name, js.define_function(name, 0, f), "wec")
end

for name, key in { platform = "platform", arch = "arch", homedir = "homedir", tmpdir = "tmpdir", hostname = "hostname", type = "type", release = "release", version = "version", totalmem = "totalmem", freemem = "freemem", uptime = "uptime", endianness = "endianness" } do
    add(name, function()
        return fact(key)
    end)
end
add("machine", function()
    local arch = fact("arch")
    return if arch == "x64" then "x86_64" elseif arch == "arm64" then (if fact("platform") == "linux" then "aarch64" else "arm64") else arch
end)
add("cpus", function()
    local list = js.array()
    for _ = 1, fact("cpus") do
        local times = js.object({ user = 0, nice = 0, sys = 0, idle = 0, irq = 0 }, "user nice sys idle irq")
        js.append(list, js.object({ model = "cpu", speed = 3000, times = times }, "model speed times"))
    end
    return list
end)
add("availableParallelism", function()
    return fact("cpus")
end)
add("loadavg", function()
    return js.array(0, 0, 0)
end)
add("networkInterfaces", function()
    return js.new_object()
end)
add("userInfo", function()
    return js.object({ uid = fact("uid"), gid = fact("gid"), username = fact("username"), homedir = fact("homedir"), shell = fact("shell") }, "uid gid username homedir shell")
end)
js.define_value(os_module, "EOL", fact("eol"), "wec")
js.define_value(os_module, "devNull", "/dev/null", "wec")

local signals = { SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGKILL = 9, SIGTERM = 15 }
local signal_object = js.new_object()
for _, name in { "SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGTERM" } do
    js.create_data(signal_object, name, signals[name])
end
js.define_value(os_module, "constants", js.object({ signals = signal_object }, "signals"), "wec")

return os_module
