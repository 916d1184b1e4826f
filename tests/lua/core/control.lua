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
