--! Array methods: holes, species-free fast paths, changes while iterating, stable order.

local function same(actual, expected, what)
    if actual ~= expected then
        error(`{what}: got {tostring(actual)}, expected {tostring(expected)}`)
    end
end
local function text(a)
    return js.str(a)
end

local a = js.array(3, 1, 2)
same(text(a:toSorted()), "1,2,3", "toSorted")
same(text(a), "3,1,2", "toSorted copies")
same(text(a:with(0, 9)), "9,1,2", "with")
same(text(a:toSpliced(1, 1, "x", "y")), "3,x,y,2", "toSpliced")
same(text(a:splice(1, 1)), "1", "splice answers what it took")
same(text(a), "3,2", "splice changes")
same(a:push(5, 6), 4, "push answers the length")
same(a:unshift(0), 5, "unshift")
same(text(a:copyWithin(0, 3)), "5,6,2,5,6", "copyWithin")
same(a:indexOf(5), 0, "indexOf")
same(a:lastIndexOf(5), 3, "lastIndexOf")
same(text(js.array(1, js.array(2, js.array(3))):flat()), "1,2,3", "flat")
same(js.array(1, js.array(2, js.array(3))):flat().length, 3, "flat one level")
same(js.array(0 / 0):includes(0 / 0), true, "includes NaN")
same(js.array(0 / 0):indexOf(0 / 0), -1, "indexOf NaN")

-- holes are skipped, and kept by map
local seen = 0
local holes = js.new_array(3)
holes[1] = "x"
holes:forEach(function()
    seen += 1
end)
same(seen, 1, "forEach skips holes")
same(js.has_own(holes:map(function(_, v)
    return v
end), 0), false, "map keeps holes")
same(holes:findIndex(function(_, v)
    return v == nil
end), 0, "findIndex visits holes")

-- an array that shrinks under the loop
local shrinking = js.array(1, 2, 3, 4)
local visited = 0
shrinking:forEach(function()
    visited += 1
    shrinking:pop()
end)
same(visited, 2, "visits what is left")

-- stable sort by a comparator that answers equal
local rows = js.array()
for i = 1, 50 do
    js.append(rows, js.object({ key = i % 3, place = i }, "key place"))
end
rows:sort(function(_, x, y)
    return x.key - y.key
end)
for i = 1, 49 do
    local x, y = rows[i - 1], rows[i]
    assert(x.key < y.key or (x.key == y.key and x.place < y.place), "sort is stable")
end

-- generic on array-likes
local like = js.object({ length = 2 }, "length")
js.set(like, 0, "a")
js.set(like, 1, "b")
same(js.call(js.intrinsics.ArrayPrototype.join, like, "-"), "a-b", "join of an array-like")
same(text(Array:from(js.object({ length = 2 }, "length"), function(_, _, i)
    return i * 2
end)), "0,2", "from with a map")
