--! `pino eval`: what a launcher or script file evaluates to. Must not know how its result is shown.
local js, native = ...

local modules = native.need_file("host/modules")
local reduce = native.need_file("host/reduce")
local null = native.null
local this = {}

-- `new exported()` without arguments, or the export itself where that throws.
local function instantiate(value)
    local ok, made = js.protect(function()
        return js.new(value)
    end, nil)
    return if ok then made else value
end

local function exported(path, interop)
    local record = modules.load_record(path)
    if record.waiting then
        js.await(record.waiting)
    end
    local value = js.get(record.module, "exports")
    local is_module = record.is_module or (interop and js.is_object(value) and js.truthy(js.get(value, "__esModule")))
    if is_module and js.has_property(value, "default") then
        return js.get(value, "default")
    end
    return value
end

local function with_menu(x, menu)
    local copy = js.new_object()
    local keys, n = js.enumerable_own(x)
    for i = 1, n do
        js.set(copy, keys[i], js.get(x, keys[i]))
    end
    js.set(copy, "menu", if menu == nil then null else menu)
    return copy
end

-- `request`: path, launcher, library, kernel, info. A promise of JSON text.
this.evaluate = js.async(function(_, request)
    local x = exported(request.path, false)
    if not request.library and not string.find(string.lower(request.path), "%.json$") then
        x = instantiate(x)
    end
    if request.launcher then
        if js.truthy(x) then
            local menu = js.get(x, "menu")
            if type(menu) == "function" then
                x = with_menu(x, js.await(menu(x, request.kernel, request.info)))
            end
        end
    elseif not request.library then
        if type(x) == "function" then
            x = x(nil, request.kernel)
        end
        x = js.await(x)
    end
    return reduce(x, true)
end)

-- What a module's export stands for in a run (spec 00 §3.1): classes are made, functions called, promises waited for.
this.resolve_export = js.async(function(value, ...)
    if js.is_object(value) and js.truthy(js.get(value, "__esModule")) and js.has_property(value, "default") then
        value = js.get(value, "default")
    end
    value = instantiate(value)
    if type(value) == "function" then
        value = value(nil, ...)
    end
    return js.await(value)
end)

-- The value of an expression for `pino eval-expr`: `"value", json` or `"undefined"`.
function this.expression(_, compiled, scope)
    local value = compiled(scope)
    if value == nil then
        return "undefined"
    end
    return "value" .. reduce(value, false)
end

-- The variables of an expression: plain data in which `{"$fn": {table, default}}` stands for a function.
local function fill(v)
    if type(v) ~= "table" then
        return v
    elseif js.is_array(v) then
        local list, n = js.array_like(v)
        for i = 1, n do
            list[i] = fill(list[i])
        end
        return js.make_array(n, list)
    end
    local stub = js.get(v, "$fn")
    if js.truthy(stub) then
        return js.arrow(js.fn(function(_, ...)
            local texts = {}
            for i = 1, select("#", ...) do
                texts[i] = js.str((select(i, ...)))
            end
            local answers, key = js.get(stub, "table"), js.key(table.concat(texts, ","))
            if js.truthy(answers) and js.has_own(answers, key) then
                return fill(js.get(answers, key))
            end
            return fill(js.get(stub, "default"))
        end, "", 0))
    end
    local copy = js.new_object()
    local keys, n = js.enumerable_own(v)
    for i = 1, n do
        js.set(copy, keys[i], fill(js.get(v, keys[i])))
    end
    return copy
end

-- A table of variables (not a JavaScript object: its members are read raw) out of plain data.
function this.scope(context)
    local scope = { path = native.need_file("modules/path") }
    local keys, n = js.enumerable_own(context)
    for i = 1, n do
        scope[js.key_value(keys[i])] = fill(js.get(context, keys[i]))
    end
    return scope
end

-- Removes globals an evaluation has not got.
function this.without_globals(names)
    for _, name in names do
        native.lazy_globals[name] = nil
    end
end

return this
