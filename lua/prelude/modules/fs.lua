--! `fs`: what scripts use of Node's file system in its three forms (sync, callback, promises), over `native.world.fs`.
--! A primitive fails with `nil, code, message`, which becomes Node's Error. Must not know where files are or who may write.
local js, native = ...

local world = native.world.fs
local type, select = type, select

local ERRNO = { ENOENT = -2, EACCES = -13, EEXIST = -17, ENOTDIR = -20, EISDIR = -21, EINVAL = -22, ENOSPC = -28, EROFS = -30, ENOTEMPTY = -39, EPERM = -1, EXDEV = -18, EIO = -5 }

-- A path argument: text, Buffer or file URL; relative ones are taken from the current directory.
local function path_of(value, name)
    if type(value) == "table" and js.is_object(value) then
        local href = js.get(value, "href")
        if type(href) == "string" then
            return js.global("decodeURIComponent")(nil, js.get(value, "pathname"))
        end
        value = js.str(value)
    end
    if type(value) ~= "string" then
        local e = js.make_error("TypeError", 'The "' .. (name or "path") .. '" argument must be of type string or an instance of Buffer or URL. Received ' .. (if value == nil then "undefined" elseif value == null then "null" else "type " .. js.typeof(value) .. " (" .. js.str(value) .. ")"))
        js.set(e, "code", "ERR_INVALID_ARG_TYPE")
        js.throw(e)
    end
    if string.byte(value, 1) == 47 then
        return value
    end
    local path = native.need_file("modules/path")
    return js.invoke(path, "resolve", value)
end

local function failure(call, code, message, path, dest)
    local text = code .. ": " .. message .. ", " .. call .. " '" .. path .. "'" .. (if dest then " -> '" .. dest .. "'" else "")
    local e = js.make_error("Error", text)
    js.set(e, "errno", ERRNO[code] or -1)
    js.set(e, "code", code)
    js.set(e, "syscall", call)
    js.set(e, "path", path)
    if dest then
        js.set(e, "dest", dest)
    end
    return e
end

-- The primitive's value, or throws.
local function run(call, path, dest, value, code, message)
    if value == nil and code ~= nil then
        js.throw(failure(call, code, message, path, dest))
    end
    return value
end

local function option(options, name)
    return if js.is_object(options) then js.get(options, name) else nil
end

local function encoding_of(options)
    if type(options) == "string" then
        return options
    end
    local encoding = option(options, "encoding")
    return if type(encoding) == "string" then encoding else nil
end

local function to_text(bytes, options)
    local encoding = encoding_of(options)
    if encoding == nil then
        return js.new_buffer(buffer.fromstring(bytes))
    end
    return js.invoke(js.new_buffer(buffer.fromstring(bytes)), "toString", encoding)
end

local function to_bytes(data, options)
    if type(data) ~= "string" and js.is_object(data) then
        local kind, bytes = js.data_of(data)
        if kind == "buffer" then
            return buffer.tostring(bytes)
        end
    end
    if type(data) ~= "string" then
        local e = js.make_error("TypeError", 'The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ' .. js.describe(data))
        js.set(e, "code", "ERR_INVALID_ARG_TYPE")
        js.throw(e)
    end
    return native.bytes.encode(data, encoding_of(options) or "utf8")
end

local Stats_proto, Dirent_proto = js.new_object(), js.new_object()
local KIND = js.slot("FileKind")
local function kind_method(wanted)
    return function(this)
        return rawget(this, KIND) == wanted
    end
end
for _, proto in { Stats_proto, Dirent_proto } do
    js.define_methods(proto, {
        "isFile", 0, kind_method("file"),
        "isDirectory", 0, kind_method("dir"),
        "isSymbolicLink", 0, kind_method("link"),
        "isFIFO", 0, kind_method("fifo"),
        "isSocket", 0, kind_method("socket"),
        "isBlockDevice", 0, kind_method("block"),
        "isCharacterDevice", 0, kind_method("char"),
    })
end

local function stats_of(raw)
    local stats = js.new_object(Stats_proto)
    rawset(stats, KIND, raw.type)
    for _, name in { "dev", "mode", "nlink", "uid", "gid", "ino", "size" } do
        js.create_data(stats, name, raw[name] or 0)
    end
    for _, name in { "atime", "mtime", "ctime", "birthtime" } do
        js.create_data(stats, name .. "Ms", raw[name .. "_ms"] or raw.mtime_ms or 0)
    end
    for _, name in { "atime", "mtime", "ctime", "birthtime" } do
        js.create_data(stats, name, js.new_date(js.get(stats, name .. "Ms")))
    end
    return stats
end

local function stat(call, follow)
    return function(target, options)
        local path = path_of(target)
        local raw, code, message = world.stat(path, follow)
        if raw == nil and code == "ENOENT" and option(options, "throwIfNoEntry") == false then
            return nil
        end
        return stats_of(run(call, path, nil, raw, code, message))
    end
end

local function list_folder(path, shown, options, list)
    local entries = run("scandir", path, nil, world.readdir(path))
    for _, entry in entries do
        local name = if shown == "" then entry.name else shown .. "/" .. entry.name
        if option(options, "withFileTypes") == true then
            local dirent = js.new_object(Dirent_proto)
            rawset(dirent, KIND, entry.type)
            js.create_data(dirent, "name", entry.name)
            js.create_data(dirent, "path", path)
            js.create_data(dirent, "parentPath", path)
            js.append(list, dirent)
        else
            js.append(list, name)
        end
        if option(options, "recursive") == true and entry.type == "dir" then
            list_folder(path .. "/" .. entry.name, name, options, list)
        end
    end
    return list
end

local function make_folder(target, options)
    local path = path_of(target)
    local recursive = option(options, "recursive") == true
    local first
    if recursive then
        -- Node answers the first folder it had to make.
        local at = path
        while at ~= "" and at ~= "/" and not world.exists(at) do
            first = at
            at = string.match(at, "^(.*)/[^/]*$") or ""
        end
    end
    run("mkdir", path, nil, world.mkdir(path, recursive))
    return first
end

local function write(append)
    return function(target, data, options)
        local path = path_of(target)
        local flag = option(options, "flag")
        local appends = append or flag == "a"
        run("open", path, nil, world.write(path, to_bytes(data, options), appends))
    end
end

local function copy(target, other, options)
    local from, to = path_of(target, "src"), path_of(other, "dest")
    local raw = world.stat(from, true)
    local recursive = option(options, "recursive") == true
    if raw and raw.type == "dir" and not recursive then
        local e = js.make_error("Error", "Recursive option not enabled, cannot copy a directory: cp returned EISDIR (" .. from .. " is a directory (not copied)) " .. from)
        js.set(e, "code", "ERR_FS_EISDIR")
        js.throw(e)
    end
    run("cp", from, to, world.copy(from, to, recursive, option(options, "force") ~= false))
end

-- Operations: name → function(…) of the arguments without the callback.
local operations = {
    readFile = function(target, options)
        local path = path_of(target)
        return to_text(run("open", path, nil, world.read(path)), options)
    end,
    writeFile = write(false),
    appendFile = write(true),
    readdir = function(target, options)
        return list_folder(path_of(target), "", options, js.array())
    end,
    stat = stat("stat", true),
    lstat = stat("lstat", false),
    access = function(target, mode)
        local path = path_of(target)
        run("access", path, nil, world.access(path, mode or 0))
    end,
    mkdir = make_folder,
    mkdtemp = function(prefix)
        local path = path_of(prefix, "prefix")
        return run("mkdtemp", path .. "XXXXXX", nil, world.mkdtemp(path))
    end,
    rm = function(target, options)
        local path = path_of(target)
        local recursive, force = option(options, "recursive") == true, option(options, "force") == true
        local raw = world.stat(path, false)
        if raw and raw.type == "dir" and not recursive then
            local e = js.make_error("Error", "Path is a directory: rm returned EISDIR (is a directory) " .. path)
            js.set(e, "code", "ERR_FS_EISDIR")
            js.throw(e)
        end
        run("rm", path, nil, world.remove(path, recursive, force))
    end,
    rmdir = function(target, options)
        local path = path_of(target)
        if option(options, "recursive") == true then
            run("rmdir", path, nil, world.remove(path, true, false))
        else
            run("rmdir", path, nil, world.rmdir(path))
        end
    end,
    unlink = function(target)
        local path = path_of(target)
        run("unlink", path, nil, world.unlink(path))
    end,
    rename = function(target, other)
        local from, to = path_of(target, "oldPath"), path_of(other, "newPath")
        run("rename", from, to, world.rename(from, to))
    end,
    copyFile = function(target, other)
        local from, to = path_of(target, "src"), path_of(other, "dest")
        run("copyfile", from, to, world.copy(from, to, false, true))
    end,
    cp = copy,
    symlink = function(target, other)
        local path = path_of(other)
        run("symlink", js.str(target), path, world.symlink(js.str(target), path))
    end,
    link = function(target, other)
        local from, to = path_of(target, "existingPath"), path_of(other, "newPath")
        run("link", from, to, world.link(from, to))
    end,
    readlink = function(target)
        local path = path_of(target)
        return run("readlink", path, nil, world.readlink(path))
    end,
    realpath = function(target)
        local path = path_of(target)
        return run("realpath", path, nil, world.realpath(path))
    end,
    chmod = function(target, mode)
        local path = path_of(target)
        local bits = if type(mode) == "string" then tonumber(mode, 8) else js.to_uint32(mode)
        run("chmod", path, nil, world.chmod(path, bits))
    end,
    utimes = function(target, atime, mtime)
        local path = path_of(target)
        local function ms(v)
            return if js.is_object(v) then js.num(v) else js.num(v) * 1000
        end
        run("utime", path, nil, world.utimes(path, ms(atime), ms(mtime)))
    end,
}
local NAMES = { "access", "appendFile", "chmod", "copyFile", "cp", "link", "lstat", "mkdir", "mkdtemp", "readFile", "readdir", "readlink", "realpath", "rename", "rm", "rmdir", "stat", "symlink", "unlink", "utimes", "writeFile" }

local fs, promises = js.new_object(), js.new_object()

local function add(target, name, length, f)
    js.define_value(target, name, js.define_function(name, length, f), "wec")
end

local function promised(operation)
    return js.async(function(_, ...)
        return (operation(...))
    end)
end

local function with_callback(name, operation)
    return function(_, ...)
        local n = select("#", ...)
        local callback = if n > 0 then (select(n, ...)) else nil
        if type(callback) ~= "function" then
            local e = js.make_error("TypeError", 'The "cb" argument must be of type function. Received ' .. js.describe(callback))
            js.set(e, "code", "ERR_INVALID_ARG_TYPE")
            js.throw(e)
        end
        local arguments = { ... }
        arguments[n] = nil
        local promise = promised(operation)(nil, table.unpack(arguments, 1, n - 1))
        js.invoke(promise, "then", function(_, value)
            callback(nil, null, value)
        end, function(_, e)
            callback(nil, e)
        end)
    end
end

for _, name in NAMES do
    local operation = operations[name]
    add(fs, name .. "Sync", 2, function(_, ...)
        return (operation(...))
    end)
    add(fs, name, 3, with_callback(name, operation))
    add(promises, name, 2, promised(operation))
end

add(fs, "existsSync", 1, function(_, target)
    local ok, path = pcall(path_of, target)
    return ok and world.exists(path)
end)
add(fs, "exists", 2, function(_, target, callback)
    local ok, path = pcall(path_of, target)
    callback(nil, ok and world.exists(path))
end)

-- A write stream that hands every chunk to the file at once.
add(fs, "createWriteStream", 2, function(_, target, options)
    local path = path_of(target)
    local EventEmitter = js.get(native.need_file("modules/events"), "EventEmitter")
    local stream = js.new(EventEmitter)
    run("open", path, nil, world.write(path, "", option(options, "flags") == "a"))
    js.create_data(stream, "path", path)
    add(stream, "write", 1, function(_, data)
        run("write", path, nil, world.write(path, to_bytes(data), true))
        return true
    end)
    add(stream, "end", 1, function(this, data)
        if data ~= nil and type(data) ~= "function" then
            run("write", path, nil, world.write(path, to_bytes(data), true))
        end
        js.enqueue_microtask(function()
            js.invoke(this, "emit", "finish")
            js.invoke(this, "emit", "close")
        end)
        return this
    end)
    return stream
end)
for _, name in { "createReadStream", "watch", "watchFile", "open", "openSync", "read", "readSync" } do
    add(fs, name, 2, function()
        local e = js.make_error("Error", "fs." .. name .. " is not available in scripts; use fs.readFile or fs.writeFile")
        js.set(e, "code", "ERR_METHOD_NOT_IMPLEMENTED")
        js.throw(e)
    end)
end

local constants = js.object({ F_OK = 0, R_OK = 4, W_OK = 2, X_OK = 1, COPYFILE_EXCL = 1, O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2 }, "F_OK R_OK W_OK X_OK COPYFILE_EXCL O_RDONLY O_WRONLY O_RDWR")
for _, target in { fs, promises } do
    js.define_value(target, "constants", constants, "wec")
end
for name, value in { F_OK = 0, R_OK = 4, W_OK = 2, X_OK = 1 } do
    js.define_value(fs, name, value, "wec")
end
js.define_value(fs, "promises", promises, "wec")

return fs
