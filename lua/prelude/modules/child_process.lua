--! `child_process`: exec, execFile, spawn and their sync forms through `native.world.exec`, the host's shell service.
--! `exec(command, options)` gives a promise of { stdout, stderr, code }; where there is no such service every call says so.
local js, native = ...

local type = type
local child_process = js.new_object()

local function refuse(name)
    local e = js.make_error("Error", "child_process." .. name .. " is not available here; use a shell.run step")
    js.set(e, "code", "ENOTSUP")
    js.throw(e)
end

local function start(name, command, options)
    local exec = native.world.exec
    if exec == nil then
        refuse(name)
    end
    local promise, code, message = exec(command, options)
    if promise == nil then
        local e = js.make_error("Error", (message or "the command could not be started") .. ": " .. name)
        js.set(e, "code", code or "EIO")
        js.throw(e)
    end
    return promise
end

local function quoted(word)
    word = js.str(word)
    if string.find(word, "^[%w_@%%+=:,./-]+$") then
        return word
    end
    return "'" .. string.gsub(word, "'", "'\\''") .. "'"
end

local function command_line(file, list)
    local words = { quoted(file) }
    if js.is_array(list) then
        for i = 0, js.length_of(list) - 1 do
            table.insert(words, quoted(js.get(list, i)))
        end
    end
    return table.concat(words, " ")
end

local function failure(command, result)
    local code = js.get(result, "code")
    local e = js.make_error("Error", "Command failed: " .. command .. "\n" .. js.str(js.get(result, "stderr") or ""))
    js.set(e, "code", code)
    js.set(e, "cmd", command)
    js.set(e, "stdout", js.get(result, "stdout"))
    js.set(e, "stderr", js.get(result, "stderr"))
    return e
end

-- An emitter with stdout and stderr that tell the output once the command has ended.
local function make_child(promise, command, callback)
    local EventEmitter = js.get(native.need_file("modules/events"), "EventEmitter")
    local child = js.new(EventEmitter)
    for _, name in { "stdout", "stderr" } do
        js.create_data(child, name, js.new(EventEmitter))
    end
    js.create_data(child, "kill", js.define_function("kill", 0, function()
        return false
    end))
    js.invoke(promise, "then", function(_, result)
        local code = js.get(result, "code")
        for _, name in { "stdout", "stderr" } do
            local text = js.get(result, name)
            if type(text) == "string" and text ~= "" then
                js.invoke(js.get(child, name), "emit", "data", text)
            end
        end
        if callback then
            callback(nil, if code == 0 then null else failure(command, result), js.get(result, "stdout"), js.get(result, "stderr"))
        end
        js.invoke(child, "emit", "exit", code, null)
        js.invoke(child, "emit", "close", code, null)
    end, function(_, e)
        if callback then
            callback(nil, e, "", "")
        else
            js.invoke(child, "emit", "error", e)
        end
    end)
    return child
end

local function pick_callback(...)
    for i = select("#", ...), 1, -1 do
        local v = select(i, ...)
        if type(v) == "function" then
            return v
        end
    end
    return nil
end

local function add(name, length, f)
    js.define_value(child_process, name, js.define_function(name, length, f), "wec")
end

add("exec", 3, function(_, command, options, callback)
    command = js.str(command)
    local promise = start("exec", command, if js.is_object(options) and type(options) ~= "function" then options else nil)
    return make_child(promise, command, pick_callback(options, callback))
end)
add("execFile", 4, function(_, file, list, options, callback)
    local command = command_line(file, list)
    return make_child(start("execFile", command, if type(options) == "table" then options else nil), command, pick_callback(list, options, callback))
end)
add("spawn", 3, function(_, file, list, options)
    local uses_shell = js.is_object(options) and js.truthy(js.get(options, "shell"))
    local command = if uses_shell and not js.is_array(list) then js.str(file) else command_line(file, list)
    return make_child(start("spawn", command, if type(options) == "table" then options else nil), command, nil)
end)

local function run_now(name, command, options)
    local result = js.await(start(name, command, options))
    if js.get(result, "code") ~= 0 then
        js.throw(failure(command, result))
    end
    local text = js.get(result, "stdout") or ""
    local encoding = if js.is_object(options) then js.get(options, "encoding") else nil
    return if encoding == nil or encoding == "buffer" then js.new_buffer(buffer.fromstring(text)) else text
end
add("execSync", 2, function(_, command, options)
    return run_now("execSync", js.str(command), options)
end)
add("execFileSync", 3, function(_, file, list, options)
    return run_now("execFileSync", command_line(file, list), options)
end)
add("spawnSync", 3, function(_, file, list, options)
    local result = js.await(start("spawnSync", command_line(file, list), options))
    return js.object({ status = js.get(result, "code"), stdout = js.get(result, "stdout"), stderr = js.get(result, "stderr"), signal = null }, "status stdout stderr signal")
end)
add("fork", 2, function()
    refuse("fork")
end)

-- util.promisify(exec) answers { stdout, stderr }.
local custom = js.invoke(js.global("Symbol"), "for", "nodejs.util.promisify.custom")
js.define_value(js.get(child_process, "exec"), custom, js.define_function("exec", 2, js.async(function(_, command, options)
    command = js.str(command)
    local result = js.await(start("exec", command, options))
    if js.get(result, "code") ~= 0 then
        js.throw(failure(command, result))
    end
    return js.object({ stdout = js.get(result, "stdout"), stderr = js.get(result, "stderr") }, "stdout stderr")
end)), "wc")

return child_process
