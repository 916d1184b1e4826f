-- Error objects, throwing, and the translation of Luau's own errors into JavaScript's.
-- A Lua error value is: an object thrown by JavaScript, a box around a thrown primitive, Luau's text, or a native error (userdata).
local js, native = ...

local core, intrinsics = js.core, js.intrinsics
local getmetatable, setmetatable, rawget, rawset, type, error, find, match = getmetatable, setmetatable, rawget, rawset, type, error, string.find, string.match
local null = null
local add_key, HIDDEN = core.add_key, core.HIDDEN

local box_meta = { __tostring = function(box)
    return "uncaught " .. js.describe(box.value)
end }

function js.throw(v)
    local kind = type(v)
    if kind == "table" or kind == "function" then
        error(v, 0)
    end
    error(setmetatable({ value = v }, box_meta), 0)
end

local NATIVE = { "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError", "AggregateError" }
local is_error_name = { Error = true }
intrinsics.ErrorPrototype = js.new_object()
for _, name in NATIVE do
    intrinsics[name .. "Prototype"] = js.new_object(intrinsics.ErrorPrototype)
    is_error_name[name] = true
end

local function prepare_error(s)
    s.kind, s.plain = "error", nil
end
local function new_error(proto)
    return setmetatable({}, core.root_variant(proto, "root_error", prepare_error))
end
core.new_error = new_error

-- `Name: message` of an error object, never throwing.
local function headline(o)
    local ok, text = pcall(function()
        local name, message = o.name, o.message
        name = if name == nil then "Error" else js.str(name)
        message = if message == nil then "" else js.str(message)
        return if name == "" then message elseif message == "" then name else name .. ": " .. message
    end)
    return if ok then text else "Error"
end
core.error_headline = headline

-- Records `stack` on an object.
local function capture_stack(o)
    local frames = native.traceback()
    local text = headline(o)
    if frames ~= "" then
        text = text .. "\n" .. frames
    end
    if rawget(o, "stack") ~= nil then
        rawset(o, "stack", text)
    else
        js.define_own(o, "stack", { value = text, writable = true, enumerable = false, configurable = true })
    end
end
core.capture_stack = capture_stack

function js.is_error(x)
    if type(x) ~= "table" then
        return false
    end
    local s = getmetatable(x)
    return s ~= nil and s.kind == "error"
end

local function make_error(name, text)
    local o = new_error(intrinsics[name .. "Prototype"])
    local frames = native.traceback()
    local head = name .. ": " .. text
    add_key(o, getmetatable(o), "stack", if frames == "" then head else head .. "\n" .. frames, HIDDEN)
    add_key(o, getmetatable(o), "message", text, HIDDEN)
    return o
end
js.make_error = make_error

function js.type_error(text)
    error(make_error("TypeError", text), 0)
end
function js.range_error(text)
    error(make_error("RangeError", text), 0)
end
function js.reference_error(text)
    error(make_error("ReferenceError", text), 0)
end
js.reference_error_message = js.reference_error
function js.syntax_error(text)
    error(make_error("SyntaxError", text), 0)
end
function js.uri_error(text)
    error(make_error("URIError", text), 0)
end

-- Luau's wording → class and JavaScript's wording.
local function translate(text)
    local place, message = match(text, "^(.-:%d+): (.*)$")
    message = message or text
    local key = match(message, "^attempt to index nil with '(.*)'$")
    if key then
        return "TypeError", "Cannot read properties of undefined (reading '" .. key .. "')", place
    end
    local kind, by = match(message, "^attempt to index (%w+) with (.*)$")
    if kind == "nil" then
        return "TypeError", "Cannot read properties of undefined (reading a " .. by .. ")", place
    end
    key = match(message, "^attempt to call missing method '(.*)' of ")
    if key then
        return "TypeError", "object." .. key .. " is not a function", place
    end
    kind = match(message, "^attempt to call a (%w+) value")
    if kind then
        kind = if kind == "nil" then "undefined" elseif kind == "table" then "object" elseif kind == "userdata" then "null" else kind
        return "TypeError", kind .. " is not a function", place
    end
    if find(message, "stack overflow", 1, true) or find(message, "too many results to unpack", 1, true) or find(message, "C stack", 1, true) then
        return "RangeError", "Maximum call stack size exceeded", place
    elseif find(message, "invalid 'for'", 1, true) or find(message, "^attempt to") or find(message, "table index is", 1, true) then
        return "TypeError", message, place
    elseif find(message, "result exceeds maximum string", 1, true) or find(message, "resulting string too large", 1, true) or find(message, "string length overflow", 1, true) then
        return "RangeError", "Invalid string length", place
    end
    local name, rest = match(message, "^(%u%w*Error): (.*)$")
    if name and is_error_name[name] then
        return name, rest, place
    end
    return "Error", message, place
end

-- Limits (time, memory, stop) are nobody's to catch.
local function is_limit(e)
    local kind = type(e)
    if kind == "table" or kind == "function" or kind == "nil" then
        return false
    end
    if kind == "userdata" then
        return native.is_limit(e)
    end
    return kind == "string" and find(e, "not enough memory", 1, true) ~= nil
end
core.is_limit = is_limit

-- What `catch` sees: the thrown value (unboxed); Luau's own errors as error objects.
local function thrown(e)
    local kind = type(e)
    if kind == "table" then
        if getmetatable(e) == box_meta then
            return e.value
        end
        return e
    elseif kind == "string" then
        return make_error(translate(e))
    elseif kind == "userdata" then
        return make_error(translate((match(tostring(e), "^[^\n]*"))))
    end
    return e
end
core.thrown = thrown

-- Message handler of protected calls: translates where the stack is still there.
function core.on_error(e)
    local kind = type(e)
    if kind == "table" or kind == "function" or is_limit(e) then
        return e
    end
    return thrown(e)
end

-- The error value which throws `v` again: errors that come out of `on_error` or `thrown`.
function core.rethrow(v)
    return js.throw(v)
end

function js.describe_error(v)
    v = thrown(v)
    if type(v) ~= "table" or not js.is_object(v) then
        local ok, text = pcall(js.describe, v)
        return "Error", if ok then "Uncaught " .. text else "Uncaught value", ""
    end
    local ok, name, message, stack = pcall(function()
        local name, message, stack = v.name, v.message, v.stack
        return if name == nil then "Error" else js.str(name), if message == nil then "" else js.str(message), if type(stack) == "string" then stack else ""
    end)
    if ok then
        return name, message, stack
    end
    return "Error", "", ""
end

-- Constructors ------------------------------------------------------------------

local function install_cause(o, options)
    if js.is_object(options) and js.has_property(options, "cause") then
        js.define_own(o, "cause", { value = js.get(options, "cause"), has_value = true, writable = true, enumerable = false, configurable = true })
    end
end

local function define_error(name, parent)
    local prototype = intrinsics[name .. "Prototype"]
    local constructor
    local aggregate = name == "AggregateError"
    local function construct(new_target, a, b, c)
        local message, options = a, b
        if aggregate then
            message, options = b, c
        end
        local o = new_error(js.prototype_from_constructor(new_target, name .. "Prototype"))
        if message ~= nil then
            message = js.str(message)
        end
        add_key(o, getmetatable(o), "stack", "", HIDDEN)
        if message ~= nil then
            add_key(o, getmetatable(o), "message", message, HIDDEN)
        end
        install_cause(o, options)
        if aggregate then
            local list, n = {}, 0
            js.each(a, function(v)
                n += 1
                list[n] = v
            end)
            add_key(o, getmetatable(o), "errors", js.make_array(n, list), HIDDEN)
        end
        capture_stack(o)
        return o
    end
    constructor = js.define_constructor(name, if aggregate then 2 else 1, construct, function(_, a, b, c)
        return construct(constructor, a, b, c)
    end, prototype)
    add_key(prototype, getmetatable(prototype), "name", name, HIDDEN)
    add_key(prototype, getmetatable(prototype), "message", "", HIDDEN)
    if parent then
        core.parents[constructor] = parent
    end
    js.define_global(name, constructor)
    return constructor
end
local Error = define_error("Error")
for _, name in NATIVE do
    define_error(name, Error)
end

js.define_methods(intrinsics.ErrorPrototype, {
    "toString", 0, function(this)
        if not js.is_object(this) then
            return js.type_error("Error.prototype.toString requires that 'this' be a JSReceiver")
        end
        local name, message = this.name, this.message
        name = if name == nil then "Error" else js.str(name)
        message = if message == nil then "" else js.str(message)
        return if name == "" then message elseif message == "" then name else name .. ": " .. message
    end,
})
js.define_methods(Error, {
    "captureStackTrace", 2, function(_, o)
        if not js.is_object(o) then
            return js.type_error("Invalid argument")
        end
        capture_stack(core.storage(o))
    end,
})
Error.stackTraceLimit = 10
