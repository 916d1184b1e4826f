-- Generators, async functions, async generators and the order of microtasks.
local function eq(actual, expected, what)
    if actual ~= expected then
        error((what or "value") .. ": expected " .. tostring(expected) .. ", got " .. tostring(actual), 2)
    end
end

local log = {}
local f = js.async(function(_, x)
    table.insert(log, "start" .. x)
    local y = js.await(x + 1)
    table.insert(log, "got" .. y)
    return y
end)
js.invoke(f(nil, 1), "then", function(_, v)
    table.insert(log, "then" .. v)
end)
table.insert(log, "sync")
js.drain_microtasks()
eq(table.concat(log, " "), "start1 sync got2 then2")

local finished = false
local g = js.generator(function()
    local x = js.yield(1)
    js.try(function()
        js.yield(x)
    end, nil, function()
        finished = true
    end)
    return 7
end)
local it = g(nil)
eq(it:next().value, 1)
eq(it:next(42).value, 42)
local r = js.invoke(it, "return", 9)
eq(r.value, 9)
eq(r.done, true)
eq(finished, true, "finally runs on return()")

local delegating = js.generator(function()
    local v = js.yield_star(g(nil))
    js.yield(v)
end)
local values = {}
for _, v in js.of(delegating(nil)) do
    table.insert(values, tostring(v))
end
eq(table.concat(values, ","), "1,nil,7")

local ag = js.async_generator(function()
    js.yield(1)
    js.yield(2)
end)
local out = {}
local main = js.async(function()
    local items = js.iterate_async(ag(nil))
    while items:step() do
        table.insert(out, items.value)
    end
    return js.await(Promise:all(js.array(1, Promise:resolve(2), 3)))
end)
local done
js.invoke(main(nil), "then", function(_, all)
    done = all[0] + all[1] + all[2]
end)
js.drain_microtasks()
eq(table.concat(out, ","), "1,2")
eq(done, 6)

local failing = js.async(function()
    return js.try(function()
        js.await(Promise:reject("no"))
    end, function(e)
        return js.RETURN, e
    end)
end)
local state, value = js.promise_state(failing(nil))
eq(state, "pending")
