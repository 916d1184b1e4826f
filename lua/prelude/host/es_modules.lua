--! ES modules: namespace objects, `import`, `export`, `import()`.
--! Must not know the file system.
local js, native = ...

local loader = native.need_file("host/modules")
local NAMESPACE = js.slot("Namespace")

-- An empty namespace object.
function js.new_namespace()
    local namespace = js.new_object(native.null)
    js.define_value(namespace, js.symbols.toStringTag, "Module", "")
    rawset(namespace, NAMESPACE, true)
    return namespace
end

-- A member that is read when it is used.
function js.export(exports, name, getter)
    js.export_live(exports, name, function() return (getter()) end)
end

-- The module has run: nothing is added to its namespace any more. Its names are told in alphabetical order, symbols last.
function js.close_namespace(namespace)
    js.prevent_extensions(namespace)
    local shape = getmetatable(namespace)
    local names, symbols = {}, {}
    for i = 1, shape.n do
        table.insert(if type(shape.keys[i]) == "string" then names else symbols, shape.keys[i])
    end
    table.sort(names)
    shape.keys = table.move(symbols, 1, #symbols, #names + 1, names)
    shape.pos = {}
    for i, name in names do
        shape.pos[name] = i
    end
    shape.ordered, shape.enumerables = nil, nil
end

function js.export_all(exports, source)
    local keys, n = js.enumerable_own(source)
    for i = 1, n do
        local k = keys[i]
        if k ~= "default" and not js.has_own(exports, k) then
            js.export(exports, k, function() return (js.get(source, k)) end)
        end
    end
end

local wrapped = setmetatable({}, { __mode = "k" })

-- The namespace of a CommonJS module: `default` and its members.
local function wrap(exports)
    local known = js.is_object(exports) and wrapped[exports]
    if known then
        return known
    end
    local namespace = js.new_namespace()
    if js.is_object(exports) then
        wrapped[exports] = namespace
        js.export_all(namespace, exports)
    end
    js.export(namespace, "default", function() return exports end)
    js.close_namespace(namespace)
    return namespace
end

local function namespace_of(exports)
    if type(exports) == "table" and rawget(exports, NAMESPACE) then
        return exports
    end
    return wrap(exports)
end

-- Imports by the module whose `require` this is. Waits where the imported module waits.
function js.import(require, specifier)
    local is_core, exports = loader.core_module(specifier)
    if is_core then
        return namespace_of(exports)
    end
    local found, path = js.protect(js.get(require, "resolve"), require, specifier)
    if not found then
        if js.is_object(path) and js.get(path, "code") == "MODULE_NOT_FOUND" then
            js.set(path, "code", "ERR_MODULE_NOT_FOUND")
        end
        return js.throw(path)
    end
    local record = loader.load_record(path)
    if record.waiting then
        js.await(record.waiting)
    end
    return namespace_of(js.get(record.module, "exports"))
end

function js.import_dynamic(require, specifier)
    return js.async(function()
        return js.import(require, js.str(specifier))
    end)(nil)
end

local metas = setmetatable({}, { __mode = "k" })

function js.import_meta(module, path)
    local meta = metas[module]
    if meta == nil then
        meta = js.new_object(native.null)
        js.set(meta, "url", "file://" .. path)
        js.set(meta, "filename", path)
        js.set(meta, "dirname", string.match(path, "^(.*)/[^/]*$") or ".")
        metas[module] = meta
    end
    return meta
end
