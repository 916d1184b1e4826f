--! The first thing a VM has to do: run Lua with JavaScript's helpers at hand.

local o = js.object({ a = 1, b = 2 }, "a b")
assert(o.a + o.b == 3)
local list = js.array(1, 2, 3)
assert(list.length == 3 and list[0] == 1)
assert(js.typeof(null) == "object")
assert(not pcall(function()
    js.add = nil
end), "js is read-only")
assert(io == nil and os == nil and loadstring == nil and getfenv == nil, "nothing reaches outside")
