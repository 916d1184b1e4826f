--! RegExp through String's methods: named groups, flags, replacement patterns, indexes in UTF-16, hostile patterns.

local function same(actual, expected, what)
    if actual ~= expected then
        error(`{what}: got {tostring(actual)}, expected {tostring(expected)}`)
    end
end
local re = js.regexp

local m = js.invoke("at 2024-05-06", "match", re("(?<y>\\d+)-(\\d+)"))
same(m.index, 3, "index")
same(m.groups.y, "2024", "named group")
same(m[2], "05", "numbered group")
same(js.invoke("😀x", "match", re("x")).index, 2, "index in UTF-16")
same(js.invoke("😀", "match", re("^.$")), null, "a dot is one unit without u")
same(js.invoke("😀", "match", re("^.$", "u"))[0], "😀", "a dot is a character with u")
same(js.invoke("2024-05", "replace", re("(\\d+)-(\\d+)"), "$2/$1 $& $$ $`"), "05/2024 2024-05 $ ", "replacement patterns")
same(js.invoke("aXbx", "replace", re("x", "gi"), function(_, found, at)
    return found .. at
end), "aX1bx3", "replacement function")
same(js.str(js.invoke("a1b22c", "split", re("\\d+"))), "a,b,c", "split")
same(js.str(js.invoke("a1b2", "split", re("(\\d)"))), "a,1,b,2,", "split keeps groups")
same(js.invoke("abc", "search", re("c")), 2, "search")

local sticky = re("a", "y")
same(sticky:test("ba"), false, "sticky fails elsewhere")
sticky.lastIndex = 1
same(sticky:test("ba"), true, "sticky at lastIndex")
same(sticky.lastIndex, 2, "sticky moves lastIndex")

local found = {}
for _, match in js.of(js.invoke("a1b22", "matchAll", re("\\d+", "g"))) do
    table.insert(found, match[0] .. "@" .. match.index)
end
same(table.concat(found, " "), "1@1 22@3", "matchAll")
same(js.invoke("xay", "match", re("(?<=x)a(?=y)"))[0], "a", "look-around")
same(js.invoke("aa", "match", re("(.)\\1"))[0], "aa", "back-reference")
same(js.invoke("ab", "match", re("b", "d")).indices[0][0], 1, "indices")
same(js.str(re("a/b", "g")), "/a\\/b/g", "source is escaped")
same(pcall(re, "("), false, "syntax error")

-- (a+)+ with a back-reference backtracks without end: the match is given up with an error
local ok = pcall(function()
    return re("^(?:(a+)+)\\1$"):test(string.rep("a", 60) .. "!")
end)
same(ok, false, "hostile pattern ends")
