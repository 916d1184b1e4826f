--! Loads the other files of the prelude: the first one that runs. Files run at most once per VM.
--! Must not know what the files do.
local js, native = ...

local values = {} -- file → { value } once it has begun to run
local running = 1 -- files at work (the core is the first); `js` is open for additions meanwhile

function native.need_file(name)
    local found = values[name]
    if found == nil then
        local chunk = native.load_file(name)
        if chunk == nil then
            error("the prelude has no file " .. name .. ".lua", 0)
        end
        found = {}
        values[name] = found
        running += 1
        native.open_helpers(true)
        local ok, value = pcall(chunk, js, native)
        running -= 1
        if running == 0 then
            native.open_helpers(false)
        end
        if not ok then
            values[name] = nil
            error(value, 0)
        end
        found[1] = value
    end
    return found[1]
end
local need_file = native.need_file

-- From now on `js` is read-only.
function native.core_loaded()
    running -= 1
    native.open_helpers(false)
end

local manifest = need_file("manifest")
local globals, helpers = manifest.globals, manifest.helpers
native.modules = manifest.modules

local function path_of(file)
    return if string.find(file, "/", 1, true) then file else "builtins/" .. file
end

-- Runs builtins/<file>.lua once.
function native.need(file)
    return need_file(path_of(file))
end

-- Global names whose file has not been loaded yet.
local lazy = {}
for name in globals do
    lazy[name] = true
end
native.lazy_globals = lazy

-- More globals, for VMs that render templates.
function native.add_lazy_globals(names, file)
    for _, name in names do
        globals[name] = file
        lazy[name] = true
    end
end

-- Runs the file that declares the global `name`; true if there was one to run.
function native.load_global(name)
    if not lazy[name] then
        return false
    end
    local file = globals[name]
    for other, its_file in globals do
        if its_file == file then
            lazy[other] = nil
        end
    end
    native.need(file)
    return true
end

-- `js.name` of a file that has not been loaded yet.
setmetatable(js, {
    __index = function(_, name)
        local file = helpers[name]
        if file == nil then
            return nil
        end
        helpers[name] = nil
        native.need(file)
        return rawget(js, name)
    end,
})
