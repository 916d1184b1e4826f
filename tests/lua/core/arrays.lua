-- Arrays: length, holes, growth, read-only elements.
local function eq(actual, expected, what)
    if actual ~= expected then
        error((what or "value") .. ": expected " .. tostring(expected) .. ", got " .. tostring(actual), 2)
    end
end

local a = js.array(1, 2, 3)
a[3] = 4
eq(a.length, 4)
a[10] = 1
eq(a.length, 11)
eq(js.is_hole(a, 5), true)
eq(js.has_own(a, 4), false)
a[5] = nil
eq(js.has_own(a, 5), true, "assigning undefined fills a hole")
js.set_length(a, 2)
eq(a.length, 2)
eq(a[2], nil)

local empty = js.new_array(3)
for i = 0, 2 do
    eq(js.has_own(empty, i), false)
    empty[i] = i
end
eq(js.is_dense(empty), true, "filled in order it is plain again")

local b = js.array(1, 2, 3)
js.delete(b, 0)
js.delete(b, 2)
eq(js.has_own(b, 1), true)
eq(js.has_own(b, 0), false)
eq(select(2, js.own_keys(b)), 2, "one element and length")

local locked = js.array(1, 2, 3)
js.define_own(locked, 1, { value = 2, writable = true, enumerable = true, configurable = false })
pcall(js.set_length, locked, 0)
eq(locked.length, 2, "a fixed element stops truncation")

local huge = js.array()
js.set_length(huge, 4294967295)
eq(huge.length, 4294967295)
eq(js.has_own(huge, 7), false)

local sum = 0
for _, v in js.of(js.array(1, 2, 3)) do
    sum += v
end
eq(sum, 6)
