--! `assert`: ok, equal, strictEqual, deepEqual, deepStrictEqual, notX, throws, rejects, match, fail; AssertionError.
local js, native = ...

native.need("inspect")
local type = type
local inspect = js.inspector.text

js.intrinsics.AssertionErrorPrototype = js.new_object(js.intrinsics.ErrorPrototype)
local Proto = js.intrinsics.AssertionErrorPrototype
local Error = js.global("Error")

local AssertionError = js.define_constructor("AssertionError", 1, function(new_target, options)
    local message = if js.is_object(options) then js.get(options, "message") else options
    local e = js.construct(Error, new_target, message)
    js.create_data(e, "generatedMessage", false)
    js.create_data(e, "code", "ERR_ASSERTION")
    for _, name in { "actual", "expected", "operator" } do
        js.create_data(e, name, if js.is_object(options) then js.get(options, name) else nil)
    end
    return e
end, nil, Proto)
js.define_value(Proto, "name", "AssertionError", "wc")

local function fail(message, default, actual, expected, operator)
    if js.is_object(message) and type(message) == "table" then
        js.throw(message)
    end
    local text = if message == nil then default else js.str(message)
    local options = js.object({ message = text, actual = actual, expected = expected, operator = operator }, "message actual expected operator")
    js.throw(js.new(AssertionError, options))
end

local function ok(_, value, message)
    if not js.truthy(value) then
        fail(message, "The expression evaluated to a falsy value", value, true, "==")
    end
end

local assert_function = js.define_function("ok", 2, ok)
local function add(name, length, f)
    js.define_value(assert_function, name, js.define_function(name, length, f), "wec")
end

local util = native.need_file("modules/util")
local function deep_equal(a, b)
    return js.invoke(util, "isDeepStrictEqual", a, b)
end
local function loose_deep_equal(a, b)
    return deep_equal(a, b) or (not (js.is_object(a) and js.is_object(b)) and js.eq(a, b))
end

local function comparison(name, operator, test, wanted, sentence)
    add(name, 3, function(_, actual, expected, message)
        if test(actual, expected) ~= wanted then
            fail(message, sentence .. "\n\n" .. inspect(actual) .. (if wanted then " !== " else " === ") .. inspect(expected) .. "\n", actual, expected, operator)
        end
    end)
end

add("ok", 2, ok)
comparison("equal", "==", js.eq, true, "Expected values to be loosely equal:")
comparison("notEqual", "!=", js.eq, false, "Expected values to be loosely unequal:")
comparison("strictEqual", "strictEqual", js.same_value, true, "Expected values to be strictly equal:")
comparison("notStrictEqual", "notStrictEqual", js.same_value, false, "Expected values to be strictly unequal:")
comparison("deepEqual", "deepEqual", loose_deep_equal, true, "Expected values to be loosely deep-equal:")
comparison("notDeepEqual", "notDeepEqual", loose_deep_equal, false, "Expected values not to be loosely deep-equal:")
comparison("deepStrictEqual", "deepStrictEqual", deep_equal, true, "Expected values to be strictly deep-equal:")
comparison("notDeepStrictEqual", "notDeepStrictEqual", deep_equal, false, "Expected values not to be strictly deep-equal:")

add("fail", 1, function(_, message)
    fail(message, "Failed", nil, nil, "fail")
end)

-- Does a thrown value fit what was expected of it?
local function fits(e, expected)
    if expected == nil or type(expected) == "string" then
        return true
    elseif js.is_regexp and js.is_regexp(expected) then
        return js.invoke(expected, "test", js.str(e))
    elseif type(expected) == "function" then
        local prototype = js.get(expected, "prototype")
        if prototype ~= nil and js.instanceof(e, expected) then
            return true
        end
        return not js.is_constructor(expected) and js.truthy(expected(nil, e))
    end
    local keys, n = js.enumerable_own(expected)
    for i = 1, n do
        local wanted, actual = js.get(expected, keys[i]), js.get(e, keys[i])
        local is_match = js.is_regexp and js.is_regexp(wanted) and type(actual) == "string" and js.invoke(wanted, "test", actual)
        if not is_match and not deep_equal(actual, wanted) then
            return false
        end
    end
    return true
end

add("throws", 3, function(_, f, expected, message)
    local thrown, e = false, nil
    js.try(function()
        f(nil)
    end, function(caught)
        thrown, e = true, caught
    end)
    if not thrown then
        fail(if type(expected) == "string" then expected else message, "Missing expected exception.", nil, expected, "throws")
    elseif not fits(e, expected) then
        js.throw(e)
    end
end)
add("doesNotThrow", 2, function(_, f)
    f(nil)
end)
add("rejects", 3, js.async(function(_, promise, expected, message)
    local thrown, e = false, nil
    js.try(function()
        js.await(if type(promise) == "function" then promise(nil) else promise)
    end, function(caught)
        thrown, e = true, caught
    end)
    if not thrown then
        fail(message, "Missing expected rejection.", nil, expected, "rejects")
    elseif not fits(e, expected) then
        js.throw(e)
    end
end))
add("match", 3, function(_, text, pattern, message)
    if not js.invoke(pattern, "test", text) then
        fail(message, "The input did not match the regular expression " .. inspect(pattern) .. ". Input:\n\n" .. inspect(text) .. "\n", text, pattern, "match")
    end
end)
add("doesNotMatch", 3, function(_, text, pattern, message)
    if js.invoke(pattern, "test", text) then
        fail(message, "The input was expected to not match the regular expression " .. inspect(pattern) .. ". Input:\n\n" .. inspect(text) .. "\n", text, pattern, "doesNotMatch")
    end
end)
add("ifError", 1, function(_, value)
    if value ~= nil and value ~= null then
        js.throw(value)
    end
end)
js.define_value(assert_function, "AssertionError", AssertionError, "wec")
js.define_value(assert_function, "strict", assert_function, "wec")

return assert_function
