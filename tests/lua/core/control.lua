-- try/catch/finally, translated errors, iterators that an exception closes.
local function eq(actual, expected, what)
    if actual ~= expected then
        error((what or "value") .. ": expected " .. tostring(expected) .. ", got " .. tostring(actual), 2)
    end
end

local _, v = js.try(function()
    js.throw("x")
end, function(e)
    return js.RETURN, e
end)
eq(v, "x")

local function caught(body)
    local _, e = js.try(body, function(e)
        return js.RETURN, e
    end)
    return e
end
local nothing = nil
local e = caught(function()
    return nothing.foo
end)
eq(e.message, "Cannot read properties of undefined (reading 'foo')")
eq(js.instanceof(e, TypeError), true)
e = caught(function()
    return null.foo
end)
eq(e.message, "Cannot read properties of null (reading 'foo')")
local function deep()
    return 1 + deep()
end
eq(js.instanceof(caught(deep), RangeError), true, "stack overflow")

local how
how, v = js.try(function()
    return js.RETURN, 1
end, nil, function()
    return js.RETURN, 2
end)
eq(v, 2, "finally wins")

local closed = false
local source = js.object()
js.define(source, js.symbols.iterator, function(this)
    return js.object({
        next = function()
            return js.iterator_result(1, false)
        end,
        ["return"] = function()
            closed = true
            return js.object()
        end,
    }, "next return")
end)
caught(function()
    for _ in js.of(source) do
        js.throw(1)
    end
end)
eq(closed, true, "the iterator is closed on a throw")

-- Arguments that are the parameters themselves.
do
    local function same(actual, expected)
        if actual ~= expected then
            error("mapped arguments: expected " .. tostring(expected) .. ", got " .. tostring(actual), 2)
        end
    end
    local function f(this, ...)
        local a, b = ...
        local arguments = js.arguments_mapped({ function() return a end, function(v) a = v end, function() return b end, function(v) b = v end }, ...)
        a = 9
        same(arguments[0], 9)
        arguments[0] = 7
        same(a, 7)
        same(arguments.length, 1)
        same(arguments[1], nil)
        b = 5
        same(js.get(arguments, 1), nil)
        same(js.get_own(arguments, 0).value, 7)
        same(js.delete(arguments, 0), true)
        arguments[0] = 1
        same(a, 7)
        return arguments
    end
    f(nil, 1)
end
