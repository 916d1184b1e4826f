--! What Rust calls: protected calls, programs, modules, settled promises. The last file of the core to run.
--! Must not know scripts or steps.
local js, native = ...

local null = native.null

-- A promise Rust waits for counts as handled.
function js.observe_promise(promise)
    js.promise_observe(promise)
end

-- Own enumerable keys as text with values: `{k1, v1, k2, v2, …, n = count}`.
function js.own_members(o)
    local keys, n = js.enumerable_own(o)
    local list = { n = n }
    for i = 1, n do
        local k = keys[i]
        list[2 * i - 1] = tostring(js.key_value(k))
        list[2 * i] = js.get(o, k)
    end
    return list
end

-- Wraps a native that gives a promise for hand-written Lua: waits for the value where waiting is possible.
function js.awaiting(start)
    return function(params)
        return js.await(start(params))
    end
end

local load = nil

-- What `require` of the absolute path gives.
function js.load_module(_, path)
    load = load or native.need_file("host/modules")
    return load.load(path)
end

function js.forget_module(_, path)
    load = load or native.need_file("host/modules")
    load.forget(path)
end

-- Runs a chunk as a program at `path`: module variables at hand, `this` the global object. The promise of a module that waits.
function js.run_program(_, path, chunk, is_module, strict)
    load = load or native.need_file("host/modules")
    return load.run(path, chunk, is_module, strict)
end

-- What an object with hidden state is, for Rust: each reader answers `kind, a, b` for the objects it knows.
-- "date", ms | "regexp", source, flags | "buffer", luau buffer | "bigint" or "symbol", text | "value", primitive | "function"
js.data_readers = js.data_readers or {}

function js.data_of(o)
    for _, reader in js.data_readers do
        local kind, a, b = reader(o)
        if kind then
            return kind, a, b
        end
    end
    if js.is_symbol(o) then
        return "symbol", "Symbol(" .. (o.description or "") .. ")"
    end
    return "object"
end

-- `native.world`: `os` (facts), `env` (object for process.env) and `cwd()`, made when first asked for; `fs` is there already.
-- `exec` (child processes) is bound by whoever has a shell service.
local world = native.world
world.cwd = native.cwd
setmetatable(world, {
    __index = function(t, name)
        local value = nil
        if name == "os" then
            value = native.system_facts()
        elseif name == "env" then
            local names, variables = {}, native.environment()
            for variable in variables do
                table.insert(names, variable)
            end
            table.sort(names)
            value = js.new_object()
            for _, variable in names do
                js.set(value, js.key(variable), variables[variable])
            end
        end
        rawset(t, name, value)
        return value
    end,
})
