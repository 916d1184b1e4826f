--! `require`: the module cache, core modules, cycles. Where a name leads and what a file holds, `native` tells.
--! Must not know the file system.
local js, native = ...

local null = native.null
local modules = {} -- absolute path → module object
local core = {} -- name → exports of a core module
local this = {}

local function fail(code, name, message)
    local e = js.make_error(name, message)
    if code then
        js.set(e, "code", code)
    end
    js.throw(e)
end

local function folder_of(path)
    local folder = string.match(path, "^(.*)/[^/]*$")
    return if folder == nil then "." elseif folder == "" then "/" else folder
end

local function new_module(path)
    return js.object({
        exports = js.new_object(), id = path, filename = path, loaded = false, children = js.array(), paths = js.array(),
    }, "exports id filename loaded children paths")
end

local function core_module(id)
    local name = string.gsub(id, "^node:", "")
    local file = native.modules[name]
    if file == nil then
        return false
    end
    if core[name] == nil then
        core[name] = { native.need_file("modules/" .. file) }
    end
    return true, core[name][1]
end

local require_in -- below

-- Runs a module's chunk; `module.exports` is what it gives then.
local function run_chunk(module, path, kind, chunk, waits)
    local folder = folder_of(path)
    local require = require_in(folder, path)
    if kind == "esm" then
        local namespace = js.new_namespace()
        module.exports = namespace
        if waits then
            module.waiting = js.async(function()
                return (chunk(module, namespace, require, path, folder))
            end)(nil)
        else
            chunk(module, namespace, require, path, folder)
        end
        return
    end
    local function finish(...)
        if select("#", ...) > 0 then
            js.set(module, "exports", (...))
        end
    end
    finish(chunk(module, js.get(module, "exports"), require, path, folder))
end

local function load(path)
    local module = modules[path]
    if module then
        return module
    end
    local kind, value, waits, strict = native.module_read(path)
    if kind == nil then
        fail(nil, value, waits)
    end
    module = new_module(path)
    modules[path] = module
    if kind == "json" then
        module.exports = value
    else
        if strict and js.strict_chunks then
            js.strict_chunks[path] = true
        end
        local ok, err = pcall(run_chunk, module, path, kind, value, waits)
        if not ok then
            modules[path] = nil
            error(err, 0)
        end
    end
    module.loaded = true
    return module
end
this.load_record = load

local function resolve(folder, id)
    if type(id) ~= "string" then
        fail("ERR_INVALID_ARG_TYPE", "TypeError", 'The "id" argument must be of type string. Received ' .. js.typeof(id))
    end
    local path, code, message = native.module_resolve(folder, id)
    if path == nil then
        local file, line = native.caller()
        if file and code == "MODULE_NOT_FOUND" then
            message ..= " (required at " .. file .. ":" .. line .. ")"
        end
        fail(code, "Error", message)
    end
    return path
end

local cache_object = nil

function require_in(folder, path)
    local function require(_, id)
        if type(id) == "string" then
            local is_core, exports = core_module(id)
            if is_core then
                return exports
            end
        end
        return (js.get(load(resolve(folder, id)), "exports"))
    end
    js.fn(require, "require", 1)
    js.set(require, "resolve", js.define_function("resolve", 1, function(_, id)
        if type(id) == "string" and native.modules[(string.gsub(id, "^node:", ""))] then
            return id
        end
        return resolve(folder, id)
    end))
    cache_object = cache_object or js.new_object()
    js.set(require, "cache", cache_object)
    js.set(require, "main", nil)
    return require
end
this.require_in = require_in
this.resolve = resolve
this.core_module = core_module

function this.load(path)
    local module = load(path)
    if module.waiting then
        return js.async(function()
            js.await(module.waiting)
            return module.exports
        end)(nil)
    end
    return (js.get(module, "exports"))
end

-- The file is read again at its next use; what it required stays.
function this.forget(path)
    modules[path] = nil
end

function this.run(path, chunk, is_module, strict)
    local folder = folder_of(path)
    local module = new_module(path)
    if strict and js.strict_chunks then
        js.strict_chunks[path] = true
    end
    if is_module then
        modules[path] = module
        local namespace = js.new_namespace()
        module.exports = namespace
        module.waiting = js.async(function()
            return (chunk(module, namespace, require_in(folder, path), path, folder))
        end)(nil)
        return module.waiting
    end
    return (chunk(module, module.exports, require_in(folder, path), path, folder))
end

return this
