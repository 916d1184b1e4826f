--! `require`: the module cache, core modules, cycles. Where a name leads and what a file holds, `native` tells.
--! Must not know the file system.
local js, native = ...

local records = {} -- absolute path → { module, waiting = promise of a module that waits, is_module = ES module }
local core = {} -- name → { exports } of a core module
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

local function new_record(path)
    return {
        module = js.object({
            exports = js.new_object(), id = path, filename = path, loaded = false, children = js.array(), paths = js.array(),
        }, "exports id filename loaded children paths"),
    }
end

-- Whether there is a core module of this name, and its exports.
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
this.core_module = core_module

local require_in -- below

local function run_module(record, path, chunk, waits)
    local folder = folder_of(path)
    local require = require_in(folder, path)
    local namespace = js.new_namespace()
    record.is_module = true
    record.module.exports = namespace
    if waits then
        record.waiting = js.async(function()
            local exports = chunk(record.module, namespace, require, path, folder)
            js.close_namespace(namespace)
            return exports
        end)(nil)
    else
        chunk(record.module, namespace, require, path, folder)
        js.close_namespace(namespace)
    end
end

-- Runs a chunk; `module.exports` is what it gives then.
local function run_common(record, path, chunk)
    local folder = folder_of(path)
    local module = record.module
    local function finish(...)
        if select("#", ...) > 0 then
            js.set(module, "exports", (...))
        end
    end
    finish(chunk(module, js.get(module, "exports"), require_in(folder, path), path, folder))
end

local function mark_strict(path, strict)
    if strict and js.strict_chunks then
        js.strict_chunks[path] = true
    end
end

-- The record of a file, loaded if it is not yet.
local function load_record(path)
    local record = records[path]
    if record then
        return record
    end
    local kind, value, waits, strict = native.module_read(path)
    if kind == nil then
        fail(nil, value, waits)
    end
    record = new_record(path)
    records[path] = record
    if kind == "json" then
        record.module.exports = value
    else
        mark_strict(path, strict)
        -- translated where the stack is still there, so that the error tells the line of this file
        local run = if kind == "esm" then run_module else run_common
        local ok, err = xpcall(run, js.core.on_error, record, path, value, waits)
        if not ok then
            records[path] = nil
            error(err, 0)
        end
    end
    js.set(record.module, "loaded", true)
    return record
end
this.load_record = load_record

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

-- The `require` of the files in a folder.
function require_in(folder, path)
    local function require(_, id)
        if type(id) == "string" then
            local is_core, exports = core_module(id)
            if is_core then
                return exports
            end
        end
        return (js.get(load_record(resolve(folder, id)).module, "exports"))
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

-- What the file exports; a promise of it where the module waits. Hand-written Lua always may (`shell.run{…}`).
function this.load(path)
    if string.sub(path, -4) == ".lua" then
        return js.async(function()
            return (js.get(load_record(path).module, "exports"))
        end)(nil)
    end
    local record = load_record(path)
    if record.waiting then
        return js.async(function()
            js.await(record.waiting)
            return (js.get(record.module, "exports"))
        end)(nil)
    end
    return (js.get(record.module, "exports"))
end

-- The file is read again at its next use; what it required stays.
function this.forget(path)
    records[path] = nil
end

-- Runs a program: a script whose top level is the global one, or a module (then a promise of its end).
function this.run(path, chunk, is_module, strict)
    local record = new_record(path)
    mark_strict(path, strict)
    if is_module then
        records[path] = record
        run_module(record, path, chunk, true)
        return record.waiting
    end
    local folder = folder_of(path)
    return (chunk(record.module, record.module.exports, require_in(folder, path), path, folder))
end

return this
