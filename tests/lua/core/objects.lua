-- Objects: literals, transitions, dictionary mode, order, attributes, frozen objects, prototypes.
local function eq(actual, expected, what)
    if actual ~= expected then
        error((what or "value") .. ": expected " .. tostring(expected) .. ", got " .. tostring(actual), 2)
    end
end

local o = js.object({ a = 1, b = 2 }, "a b")
o.c = 3
eq(js.own_keys(o)[3], "c", "a new key comes last")
eq(js.delete(o, "a"), true)
eq(o.a, nil)
eq(select(2, js.own_keys(o)), 2, "keys after delete")

local undefined_value = js.object({ x = nil }, "x")
eq(js.has_own(undefined_value, "x"), true, "a property may be undefined")
undefined_value.x = 1
eq(undefined_value.x, 1)

local mixed = js.object({ b = 1, [2] = 1, [1] = 1 }, "b 2 1")
local names = {}
for _, k in js.keys_in(mixed) do
    table.insert(names, k)
end
eq(table.concat(names, ","), "1,2,b", "indexes first")

local frozen = js.freeze(js.object({ a = 1 }, "a"))
local function attempt(f) -- a failing write throws in strict chunks
    pcall(f)
end
attempt(function()
    frozen.a = 2
end)
attempt(function()
    frozen.b = 1
end)
eq(frozen.a, 1, "frozen value")
eq(frozen.b, nil, "frozen object grows not")

local shadow = js.object({ toString = nil }, "toString")
eq(shadow.toString, nil, "an own undefined hides what is inherited")

local parent = js.object({ inherited = 1 }, "inherited")
local child = js.new_object(parent)
eq(child.inherited, 1)
js.define_accessor(parent, "late", function(this)
    return this == child
end, nil)
eq(child.late, true, "an accessor added later sees the receiver")
js.define_own(parent, "inherited", { writable = false })
attempt(function()
    child.inherited = 5
end)
eq(child.inherited, 1, "read-only inherited property")

local big = js.object()
for i = 1, 200 do
    big["k" .. i] = i
end
eq(select(2, js.own_keys(big)), 200)
eq(big.k150, 150)
eq(js.get(o, "__proto__"), js.intrinsics.ObjectPrototype)
