-- Conversions, operators, property keys and numbers as text.
local function eq(actual, expected, what)
    if actual ~= expected then
        error((what or "value") .. ": expected " .. tostring(expected) .. ", got " .. tostring(actual), 2)
    end
end

for text, n in { ["1e-7"] = 1e-7, ["0.00001"] = 0.00001, ["1e+21"] = 1e21, ["123456789012345680000"] = 123456789012345680000, ["-1.5e-10"] = -1.5e-10, ["0.1"] = 0.1, ["5e-324"] = 5e-324 } do
    eq(js.number_to_string(n), text)
end
eq(js.key("12"), 12)
eq(js.key("012"), "012")
eq(js.key(1.5), "1.5")
eq(js.key(-1), "-1")
eq(("abc").length, 3)
eq(("abc")[1], "b")
eq(js.eq(null, nil), true)
eq(js.eq("1", 1), true)
eq(js.eq(js.object({ valueOf = function() return 1 end }, "valueOf"), 1), true)
eq(js.add("a", 1), "a1")
eq(js.add(js.object(), "x"), "[object Object]x")
eq(js.num("  12 "), 12)
eq(js.num("0x1f"), 31)
eq(js.num(""), 0)
eq(js.num("1x") ~= js.num("1x"), true)
eq(js.bor(-1, 0), -1)
eq(js.ushr(-1, 0), 4294967295)
eq(1 / js.mod(-4, 2), -math.huge)
eq(js.typeof(nil), "undefined")
eq(js.typeof(null), "object")
eq(js.typeof(js.symbols.iterator), "symbol")
eq(js.truthy(""), false)
eq(js.lt("a", "b"), true)
eq(js.lt(nil, 1), false)
