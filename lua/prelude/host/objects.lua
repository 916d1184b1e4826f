--! `kernel`, `info` and `script`, once, over a table of primitives (`world`): simulated for `eval` and `plan`, live in the engine.
--! Must not know which world it is. Names and behaviour are those launchers use (spec 20 §6, 40 §6).
local js, native = ...

local null = native.null
local GIB = 1024 ^ 3

-- Node's path.posix.resolve.
local function resolve_path(cwd, ...)
    local parts, n = { ... }, select("#", ...)
    local path = ""
    for i = n, 1, -1 do
        local part = parts[i]
        if type(part) ~= "string" then
            local e = js.make_error("TypeError", `The "paths[{i - 1}]" argument must be of type string. Received {js.typeof(part)}`)
            js.set(e, "code", "ERR_INVALID_ARG_TYPE")
            js.throw(e)
        end
        if part ~= "" then
            path = if path == "" then part else part .. "/" .. path
            if string.byte(part) == 47 then
                break
            end
        end
    end
    if string.byte(path) ~= 47 then
        path = cwd .. "/" .. path
    end
    local out = {}
    for name in string.gmatch(path, "[^/]+") do
        if name == ".." then
            out[#out] = nil
        elseif name ~= "." then
            table.insert(out, name)
        end
    end
    return "/" .. table.concat(out, "/")
end

local function folder_of(path)
    return string.match(path, "^(.+)/[^/]*$") or "/"
end

-- Addresses differ by `?session=…` only where the same script is meant.
local function without_session(path)
    if type(path) ~= "string" or path == "" then
        return path
    end
    path = string.gsub(path, "([?&])session=[^&]+", "")
    return (string.gsub(path, "[?&]$", ""))
end

local function list_of(values)
    return js.make_array(#values, values)
end

local function make(world)
    local home = world.home

    local function file_path(uri, cwd)
        if type(uri) ~= "string" then
            js.type_error("uri must be a string")
        end
        if string.sub(uri, 1, 4) == "http" then
            if not string.find(uri, ".git", 1, true) then
                js.throw(js.make_error("Error", "a git repository URI must end with .git"))
            end
            return world.resolve(home, uri)
        elseif string.sub(uri, 1, 2) == "~/" then
            return resolve_path(home, string.sub(uri, 3))
        elseif string.byte(uri) == 47 then
            return uri
        elseif cwd then
            return resolve_path(cwd, uri)
        end
        return js.throw(js.make_error("Error", "uri must be either an http uri or start with ~/"))
    end

    local function status(path)
        if path == nil then
            return false
        end
        if world.running(path) then
            return true
        end
        if without_session(path) ~= path then
            return false
        end
        for _, known in world.running_scripts() do
            if without_session(known) == path then
                return true
            end
        end
        return false
    end

    -- `local` or `global` of a script: of this address, or of one of its sessions.
    local function scoped(of, path)
        if path == nil then
            return null
        end
        local found = of(path)
        if found then
            return found
        end
        if without_session(path) ~= path then
            return null
        end
        for _, known in world.running_scripts() do
            if without_session(known) == path then
                found = of(known)
                if found then
                    return found
                end
            end
        end
        return null
    end

    local function or_empty(value)
        return if value == nil or value == null then js.new_object() else value
    end

    local function vars_of(of, paths)
        local all = js.new_object()
        for _, path in paths do
            local vars = of(path)
            if vars then
                js.set(all, js.key(path), vars)
            end
        end
        return all
    end

    local function local_paths()
        return if world.local_paths then world.local_paths() else world.running_scripts()
    end
    local function global_paths()
        return if world.global_paths then world.global_paths() else world.running_scripts()
    end

    local facts = nil
    local function machine(name)
        facts = facts or world.machine()
        return facts[name]
    end

    local function method(o, name, length, f)
        js.set(o, name, js.arrow(js.fn(f, name, length)))
    end

    local function lazy(o, name, f)
        js.define_getter(o, name, function()
            local value = f()
            js.define_value(o, name, value, "wec")
            return value
        end)
    end

    local modules = nil
    local function load_file(path)
        if not world.exists(path) then
            return nil
        end
        modules = modules or native.need_file("host/modules")
        local ok, value = js.protect(function()
            return modules.load(path)
        end, nil)
        if not ok then
            return nil
        end
        local made, instance = js.protect(function()
            return js.new(value)
        end, nil)
        return if made then instance else value
    end

    -- The `kernel` object. `later(f)` makes a function that gives a promise of what `f` gives, or `f` itself.
    local function kernel_object(later)
        local kernel = js.new_object()
        local function promised(o, name, length, f)
            method(o, name, length, later(f))
        end
        local function set(name, value)
            js.set(kernel, name, value)
        end

        set("schema", "<=8.0.0")
        set("version", js.object({ pinokiod = "8.0.40", pinokio = "8.0.0" }, "pinokiod pinokio"))
        set("homedir", home)
        set("platform", world.platform)
        set("arch", world.arch)
        lazy(kernel, "os", function() return native.need_file("modules/os") end)
        for _, name in { "gpu", "gpu_model", "gpu_driver", "gpu_target", "gpus", "vram", "ram" } do
            lazy(kernel, name, function() return machine(name) end)
        end
        lazy(kernel, "envs", function() return world.env(world.folder or home) end)
        set("vars", js.object({ pip = js.object({ install = js.object({ torch = "pip3 install torch torchvision torchaudio" }, "torch") }, "install") }, "pip"))
        lazy(kernel, "memory", function()
            local memory = js.new_object()
            js.define_getter(memory, "local", function() return vars_of(world.local_of, local_paths()) end)
            js.define_getter(memory, "global", function() return vars_of(world.global_of, global_paths()) end)
            method(memory, "key", 0, function(_, host) return world.key(host) end)
            js.set(memory, "rpc", js.new_object())
            js.set(memory, "input", js.new_object())
            js.set(memory, "args", js.new_object())
            return memory
        end)

        promised(kernel, "port", 1, function(_, wanted)
            if js.truthy(wanted) then
                return world.port_free(js.num(wanted))
            end
            return world.port()
        end)
        promised(kernel, "ports", 1, function(_, count)
            local found, port = {}, world.port()
            while #found < count and port < 65536 do
                if world.port_free(port) then
                    table.insert(found, port)
                end
                port += 1
            end
            return list_of(found)
        end)
        method(kernel, "path", 0, function(_, ...) return resolve_path(home, home, ...) end)
        promised(kernel, "exists", 0, function(_, ...) return world.exists(resolve_path(home, home, ...)) end)
        promised(kernel, "env", 0, function(_, ...)
            return world.env(if select("#", ...) > 0 then resolve_path(home, home, ...) else world.folder or home)
        end)
        method(kernel, "status", 2, function(_, uri, cwd) return status(file_path(uri, cwd)) end)
        method(kernel, "running", 0, function(_, ...) return status(resolve_path(home, ...)) end)
        method(kernel, "local", 0, function(_, ...) return or_empty(scoped(world.local_of, resolve_path(home, ...))) end)
        method(kernel, "global", 0, function(_, ...) return or_empty(scoped(world.global_of, resolve_path(home, ...))) end)
        method(kernel, "scopedMemoryEntry", 2, function(_, store, path)
            return if js.is_object(store) then js.get(store, js.key(path)) or null else null
        end)
        method(kernel, "stripSessionParam", 1, function(_, path) return without_session(path) end)
        method(kernel, "isScriptReady", 1, function(_, path) return world.ready(path) end)
        method(kernel, "which", 1, function(_, name) return world.which(js.str(name)) or null end)
        method(kernel, "url", 3, function(_, origin, path, kind)
            local parts = {}
            local relative = if string.sub(path, 1, #home + 1) == home .. "/" then string.sub(path, #home + 2) else path
            for part in string.gmatch(relative, "[^/]+") do
                table.insert(parts, part)
            end
            if not js.truthy(kind) or kind == "web" then
                return origin .. "/p/" .. table.concat(parts, "/", 2)
            end
            return origin .. "/" .. kind .. "/" .. table.concat(parts, "/")
        end)
        method(kernel, "userAgent", 0, function() return world.user_agent or "pino" end)
        method(kernel, "log", 0, function() return nil end)
        for name, operation in { fetch = "fetch", wait = "wait", download = "download", exec = "exec", symlink = "symlink" } do
            method(kernel, name, 1, function(_, params) return world[operation](params) end)
        end

        promised(kernel, "load", 0, function(_, ...) return load_file(resolve_path(home, ...)) or null end)
        set("require", js.get(kernel, "load"))
        local loader = js.new_object()
        promised(loader, "load", 1, function(_, path)
            path = resolve_path(world.folder or home, path)
            if not world.exists(path) then
                return js.object({ resolved = null, dirname = folder_of(path) }, "resolved dirname")
            end
            local value = load_file(path)
            return js.object({
                resolved = if value == nil then null else value, extension = string.match(path, "%.[^./]*$") or "", dirname = folder_of(path),
            }, "resolved extension dirname")
        end)
        promised(loader, "exists", 1, function(_, path) return world.exists(path) end)
        set("loader", loader)

        lazy(kernel, "system", function()
            local system = js.new_object()
            for _, name in { "graphics", "cpu", "mem", "osInfo" } do
                promised(system, name, 0, function() return machine(name) end)
            end
            return system
        end)
        lazy(kernel, "sysinfo", function()
            local info = js.new_object()
            for _, name in { "gpu", "gpus", "gpu_model", "vram", "ram", "graphics", "osInfo", "cpu" } do
                js.set(info, name, machine(name))
            end
            return info
        end)
        lazy(kernel, "template", function()
            local vals = js.new_object()
            js.set(vals, "platform", world.platform)
            js.set(vals, "arch", world.arch)
            for _, name in { "gpu", "gpus", "gpu_model", "vram", "ram" } do
                js.set(vals, name, machine(name))
            end
            js.set(vals, "envs", js.get(kernel, "envs"))
            js.set(vals, "env", js.get(kernel, "envs"))
            js.set(vals, "which", js.get(kernel, "which"))
            local template = js.new_object()
            js.set(template, "vals", vals)
            method(template, "render", 1, function(_, x) return x end)
            method(template, "istemplate", 0, function() return false end)
            method(template, "flatten", 1, function(_, x) return x end)
            return template
        end)
        lazy(kernel, "bin", function()
            local bin = js.new_object()
            method(bin, "path", 0, function(_, ...) return resolve_path(home, home, "bin", ...) end)
            lazy(bin, "installed", function()
                local installed = js.new_object()
                js.set(installed, "conda", js.new(js.global("Set"), list_of({ "git", "ffmpeg" })))
                return installed
            end)
            method(bin, "exec", 1, function(_, params) return world.exec(params) end)
            return bin
        end)
        local shell = js.new_object()
        method(shell, "run", 1, function(_, params) return world.shell_run(params) end)
        js.set(shell, "shells", js.array())
        method(shell, "find", 0, function() return js.array() end)
        method(shell, "resolve", 0, function() return nil end)
        method(shell, "kill", 0, function() return nil end)
        set("shell", shell)

        local api = js.new_object()
        js.set(api, "userdir", home .. "/api")
        js.define_getter(api, "running", function()
            local running = js.new_object()
            for _, path in world.running_scripts() do
                js.set(running, js.key(path), true)
            end
            return running
        end)
        js.set(api, "proxies", js.new_object())
        method(api, "filePath", 2, function(_, uri, cwd) return file_path(uri, cwd) end)
        method(api, "resolvePath", 2, function(_, cwd, uri) return file_path(uri, cwd) end)
        js.set(api, "child_procs", js.new_object())
        method(api, "get_proxy_url", 2, function(_, root, port) return js.str(root) .. "/" .. js.str(port) end)
        set("api", api)
        return kernel
    end

    -- `script`: other scripts by their address; `cwd` is where relative ones start.
    local function script_object(cwd)
        local script = js.new_object()
        local function resolve(base, ...)
            local path = file_path(base, cwd)
            return if path then resolve_path(home, path, ...) else nil
        end
        method(script, "resolve", 1, function(_, base, ...) return resolve(base, ...) or false end)
        method(script, "exists", 0, function(_, ...)
            local path = resolve(...)
            return path ~= nil and world.exists(path)
        end)
        method(script, "running", 0, function(_, ...)
            local path = resolve(...)
            return path ~= nil and world.running(path)
        end)
        method(script, "ready", 0, function(_, ...)
            local ok, path = js.protect(function(_, ...) return resolve(...) end, nil, ...)
            return ok and path ~= nil and world.ready(path)
        end)
        method(script, "local", 0, function(_, ...)
            local path = resolve(...)
            return if path then or_empty(world.local_of(path)) else null
        end)
        method(script, "global", 0, function(_, ...)
            local path = resolve(...)
            return if path then or_empty(world.global_of(path)) else null
        end)
        return script
    end

    -- `info`: paths are relative to the file that calls; `folder` where none does.
    local function info_object(folder)
        local proto = js.new_object()
        local function caller()
            local file = native.caller()
            if file and string.byte(file) == 47 then
                return file
            end
            return folder .. "/pinokio.js"
        end
        local function absolute(_, ...)
            return resolve_path(home, folder_of(caller()), ...)
        end
        js.define_methods(proto, {
            "caller", 0, caller,
            "cwd", 0, function() return folder_of(caller()) end,
            "app_path", 0, function() return nil end,
            "path", 0, absolute,
            "running", 0, function(this, ...) return status(absolute(this, ...)) end,
            "exists", 0, function(this, ...) return world.exists(absolute(this, ...)) end,
            "ready", 0, function(this, ...) return world.ready(absolute(this, ...)) end,
            "local", 0, function(this, ...) return or_empty(scoped(world.local_of, absolute(this, ...))) end,
            "global", 0, function(this, ...) return or_empty(scoped(world.global_of, absolute(this, ...))) end,
            "venv", 1, js.async(function(_, at)
                local env = (if js.truthy(at) then at else folder_of(caller())) .. "/env"
                return if world.exists(env) then env else null
            end),
            "scriptsByApi", 0, function() return js.new_object() end,
        })
        return js.new_object(proto)
    end

    local kernel = kernel_object(js.async)
    js.set(kernel, "script", script_object(nil))
    local kernel_sync = kernel_object(function(f) return f end)
    js.set(kernel_sync, "script", js.get(kernel, "script"))
    js.set(kernel, "info", info_object(world.folder or home))
    return { kernel = kernel, kernel_sync = kernel_sync, info = info_object, script = script_object }
end

return make
