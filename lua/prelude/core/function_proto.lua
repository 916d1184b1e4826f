-- Function.prototype, `Function` and the hidden constructors of generators and async functions.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local type, unpack, pack, find = type, table.unpack, table.pack, string.find
local null = null
local prototype = intrinsics.FunctionPrototype

core.bound_targets = setmetatable({}, { __mode = "k" })
local bound_targets = core.bound_targets

local function bind(this, receiver, ...)
    if type(this) ~= "function" then
        return js.type_error("Bind must be called on a function")
    end
    local count, first = select("#", ...), pack(...)
    local function bound(_, ...)
        if count == 0 then
            return this(receiver, ...)
        elseif count == 1 then
            return this(receiver, first[1], ...)
        end
        local list = pack(...)
        table.move(list, 1, list.n, count + 1)
        table.move(first, 1, count, 1, list)
        return this(receiver, unpack(list, 1, count + list.n))
    end
    bound_targets[bound] = this
    core.kinds[bound] = "plain"
    if js.is_constructor(this) then
        core.constructs[bound] = function(new_target, ...)
            local list = pack(...)
            table.move(list, 1, list.n, count + 1)
            table.move(first, 1, count, 1, list)
            return js.construct(this, if new_target == bound then this else new_target, unpack(list, 1, count + list.n))
        end
    end
    local length = 0
    if js.has_own(this, "length") then
        local n = this.length
        if type(n) == "number" then
            length = math.max(0, js.to_integer(n) - count)
        end
    end
    local name = this.name
    core.names[bound] = "bound " .. (if type(name) == "string" then name else "")
    core.lengths[bound] = length
    local p = js.get_proto(this)
    if p ~= prototype then
        core.set_proto_of(bound, p)
    end
    return bound
end

js.define_methods(prototype, {
    "apply", 2, function(this, receiver, list)
        if type(this) ~= "function" then
            return js.type_error("Function.prototype.apply was called on " .. js.describe(this) .. ", which is not a function")
        elseif list == nil or list == null then
            return this(receiver)
        end
        return this(receiver, core.spread(list))
    end,
    "bind", 1, bind,
    "call", 1, function(this, receiver, ...)
        if type(this) ~= "function" then
            return js.type_error("Function.prototype.call was called on " .. js.describe(this) .. ", which is not a function")
        end
        return this(receiver, ...)
    end,
    "toString", 0, function(this)
        if type(this) ~= "function" then
            return js.type_error("Function.prototype.toString requires that 'this' be a Function")
        end
        local name = js.function_name(this)
        if not (find(name, "^[%a_$][%w_$]*$") or find(name, "^[gs]et [%a_$][%w_$]*$")) then
            name = ""
        end
        return "function " .. name .. "() { [native code] }"
    end,
})
function core.function_has_instance(this, v)
    return core.ordinary_has_instance(this, v)
end
js.define_value(prototype, symbols.hasInstance, js.define_function("[Symbol.hasInstance]", 1, core.function_has_instance), "")
js.define_value(prototype, "length", 0, "c")
js.define_value(prototype, "name", "", "c")

-- `Function`, `GeneratorFunction` and kin cannot make functions from text here.
local function no_source(name)
    return function(_, text, more)
        if name == "Function" and more == nil and type(text) == "string" and string.find(text, "^%s*return this;?%s*$") then
            return function() -- the one text that libraries use to find the global object
                return js.global_this
            end
        end
        return js.throw(js.make_error("EvalError", name .. " cannot compile source text here: code generation from strings is not allowed"))
    end
end
core.no_source = no_source
function core.function_constructor(name, prototype, parent)
    local C = js.define_constructor(name, 1, no_source(name), no_source(name), nil)
    local o = core.function_storage(C)
    core.store(o, getmetatable(o), "prototype", { value = prototype, writable = false, enumerable = false, configurable = false }, false)
    js.define_value(prototype, "constructor", C, "c")
    if parent then
        core.set_proto_of(C, parent)
    end
    return C
end

local Function = core.function_constructor("Function", prototype)
js.define_value(prototype, "constructor", Function, "wc")
js.define_global("Function", Function)
core.Function = Function

local function restricted()
    return js.type_error("'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments objects for calls to them")
end
js.define_function("", 0, restricted)
js.prevent_extensions(restricted)
for _, name in { "length", "name" } do
    js.define_own(restricted, name, { configurable = false })
end
core.throw_type_error = restricted
-- Sloppy functions answer null as engines do; everything else throws.
local function is_sloppy(f)
    return type(f) == "function" and core.kinds[f] == nil and js.is_constructor(f) and not js.is_class(f) and not js.strict_chunks[debug.info(f, "s")]
end
local function get_restricted(this)
    return if is_sloppy(this) then null else restricted()
end
local function set_restricted(this)
    return if is_sloppy(this) then nil else restricted()
end
js.define_function("", 0, get_restricted)
js.define_function("", 0, set_restricted)
for _, name in { "caller", "arguments" } do
    js.define_own(prototype, name, { get = get_restricted, set = set_restricted, enumerable = false, configurable = true })
end

js.define_global("eval", js.define_function("eval", 1, function(_, text)
    if type(text) ~= "string" then
        return text
    end
    return js.throw(js.make_error("EvalError", "eval is not available: code generation from strings is not allowed"))
end))
