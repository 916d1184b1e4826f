--! `events`: EventEmitter and `once`.
local js, native = ...

local type, rawget, rawset = type, rawget, rawset
local LISTENERS = js.slot("Listeners")

js.intrinsics.EventEmitterPrototype = js.new_object()
local Proto = js.intrinsics.EventEmitterPrototype

local EventEmitter = js.define_constructor("EventEmitter", 0, function(new_target)
    local emitter = js.create_from_constructor(new_target, "EventEmitterPrototype")
    rawset(emitter, LISTENERS, {})
    return emitter
end, function(this)
    if js.is_object(this) then
        rawset(this, LISTENERS, {})
    end
end, Proto)

local function table_of(this)
    local all = rawget(this, LISTENERS)
    if all == nil then
        all = {}
        rawset(this, LISTENERS, all)
    end
    return all
end

local function list_of(this, name, make)
    local all = table_of(this)
    local key = js.key(name)
    if all[key] == nil and make then
        all[key] = {}
    end
    return all[key], all, key
end

local function check_listener(f)
    if type(f) ~= "function" then
        local e = js.make_error("TypeError", 'The "listener" argument must be of type function. Received ' .. js.describe(f))
        js.set(e, "code", "ERR_INVALID_ARG_TYPE")
        js.throw(e)
    end
end

local function add(this, name, f, once, first)
    check_listener(f)
    local list = list_of(this, name, true)
    local entry = { f = f, once = once }
    if first then
        table.insert(list, 1, entry)
    else
        table.insert(list, entry)
    end
    return this
end

local function remove(this, name, f)
    local list, all, key = list_of(this, name)
    if list then
        local copy = table.clone(list)
        for i = #copy, 1, -1 do
            if copy[i].f == f or copy[i] == f then
                table.remove(copy, i)
                break
            end
        end
        all[key] = if #copy > 0 then copy else nil
    end
    return this
end

local function emit(this, name, ...)
    local list = list_of(this, name)
    if list == nil or #list == 0 then
        if name == "error" then
            local e = ...
            if type(e) == "table" then
                js.throw(e)
            end
            js.throw(js.make_error("Error", "Unhandled error. (" .. js.describe(e) .. ")"))
        end
        return false
    end
    for _, entry in table.clone(list) do
        if entry.once then
            remove(this, name, entry)
        end
        entry.f(this, ...)
    end
    return true
end

local function listeners(this, name)
    local result = js.array()
    for _, entry in list_of(this, name) or {} do
        js.append(result, entry.f)
    end
    return result
end

js.define_methods(Proto, {
    "on", 2, function(this, name, f)
        return add(this, name, f, false, false)
    end,
    "addListener", 2, function(this, name, f)
        return add(this, name, f, false, false)
    end,
    "once", 2, function(this, name, f)
        return add(this, name, f, true, false)
    end,
    "prependListener", 2, function(this, name, f)
        return add(this, name, f, false, true)
    end,
    "prependOnceListener", 2, function(this, name, f)
        return add(this, name, f, true, true)
    end,
    "off", 2, remove,
    "removeListener", 2, remove,
    "removeAllListeners", 1, function(this, ...)
        if select("#", ...) == 0 then
            rawset(this, LISTENERS, {})
        else
            table_of(this)[js.key((...))] = nil
        end
        return this
    end,
    "emit", 1, emit,
    "listeners", 1, listeners,
    "rawListeners", 1, listeners,
    "listenerCount", 1, function(this, name)
        return #(list_of(this, name) or {})
    end,
    "eventNames", 0, function(this)
        local result = js.array()
        for key in table_of(this) do
            js.append(result, js.key_value(key))
        end
        return result
    end,
    "setMaxListeners", 1, function(this)
        return this
    end,
    "getMaxListeners", 0, function()
        return 10
    end,
})

js.define_value(EventEmitter, "EventEmitter", EventEmitter, "wec")
js.define_value(EventEmitter, "defaultMaxListeners", 10, "wec")
js.define_value(EventEmitter, "once", js.define_function("once", 2, function(_, emitter, name)
    local promise, resolve, reject = js.new_promise()
    js.invoke(emitter, "once", name, function(_, ...)
        resolve(js.array(...))
    end)
    if name ~= "error" then
        js.invoke(emitter, "once", "error", function(_, e)
            reject(e)
        end)
    end
    return promise
end), "wec")

return EventEmitter
