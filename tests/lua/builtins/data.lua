--! JSON, Map, Set, Date, Buffer, URL, structuredClone, BigInt, console texts.

local function same(actual, expected, what)
    if actual ~= expected then
        error(`{what}: got {tostring(actual)}, expected {tostring(expected)}`)
    end
end
local function message_of(f, ...)
    local arguments = { ... }
    local message
    js.try(function()
        f(table.unpack(arguments))
    end, function(e)
        message = e.name .. ": " .. e.message
    end)
    return message
end

-- JSON
local text = '{"b":[1,2.5,{"c":null}],"a":"é\\n","10":true}'
same(JSON:stringify(JSON:parse(text)), '{"10":true,"b":[1,2.5,{"c":null}],"a":"é\\n"}', "round trip, index keys first")
same(JSON:stringify(js.array(nil, 1), null, 1), "[\n null,\n 1\n]", "indent")
same(JSON:stringify(js.object({ a = 1, b = 2 }, "a b"), js.array("b")), '{"b":2}', "list of keys")
same(JSON:stringify("\u{2028}\1"), '"\u{2028}\\u0001"', "escapes")
same(JSON:stringify(nil), nil, "undefined has no text")
same(message_of(JSON.parse, JSON, "{a"), "SyntaxError: Expected property name or '}' in JSON at position 1", "where it is broken")
same(message_of(JSON.parse, JSON, "[1,]"), "SyntaxError: Unexpected token ']', \"[1,]\" is not valid JSON", "which token")
same(message_of(JSON.parse, JSON, '{"a":1} x'), "SyntaxError: Unexpected non-whitespace character after JSON at position 8", "rest")
same(message_of(JSON.parse, JSON, string.rep("[", 100000)) ~= nil, true, "deep nesting is an error")
local cycle = js.new_object()
cycle.me = cycle
same(string.find(message_of(JSON.stringify, JSON, cycle), "TypeError: Converting circular structure to JSON") ~= nil, true, "cycle")

-- Map and Set while they change
local map = js.new(Map, js.array(js.array("a", 1), js.array("b", 2)))
local order = {}
map:forEach(function(_, v, k)
    table.insert(order, k .. v)
    if k == "a" then
        map:delete("b")
        map:set("c", 3)
    end
end)
same(table.concat(order, " "), "a1 c3", "deleted and added under way")
map:set(0 / 0, "nan")
same(map:get(0 / 0), "nan", "NaN is a key")
local set = js.new(Set)
for i = 1, 200 do
    set:add(i)
end
local left = 0
set:forEach(function(_, v)
    left += 1
    set:delete(v)
    set:delete(v + 1)
end)
same(left, 100, "deleting while the table is packed")
same(set.size, 0, "nothing left")

-- Date
same(js.new(Date, 0):toISOString(), "1970-01-01T00:00:00.000Z", "ISO")
same(Date:UTC(2024, 1, 29), 1709164800000, "leap day")
same(Date:parse("Tue, 01 Mar 2022 10:00:00 GMT"), 1646128800000, "RFC text")
same(Date:parse("2022-03-01T10:00:00.5+01:00"), 1646125200500, "offset")
same(js.str(js.new(Date, 0 / 0)), "Invalid Date", "invalid")
same(js.new(Date, 2020, 0, 31):getMonth(), 0, "local fields")

-- Buffer
local buffer_of = function(...)
    return Buffer:from(...)
end
same(buffer_of("héllo"):toString("hex"), "68c3a96c6c6f", "hex")
same(buffer_of("aGk", "base64"):toString(), "hi", "base64")
same(Buffer:concat(js.array(buffer_of("a"), buffer_of("b"))):toString(), "ab", "concat")
same(buffer_of("abc")[1], 98, "index")
same(JSON:stringify(buffer_of("a")), '{"type":"Buffer","data":[97]}', "JSON form")
same(buffer_of("abc"):slice(1):toString(), "bc", "slice")
same(buffer_of("abcab"):indexOf("ca"), 2, "indexOf")
same(Buffer:byteLength("é"), 2, "byteLength")

-- URL
local url = js.new(URL, "../x?a=1#h", "http://u:p@e.com:8080/p/q")
same(url.href, "http://u:p@e.com:8080/x?a=1#h", "resolved")
url.searchParams:append("b", "c d")
same(url.search, "?a=1&b=c+d", "parameters change the URL")
same(message_of(js.new, URL, "no"), "TypeError: Invalid URL", "invalid URL")

-- structuredClone
local original = js.object({ when = js.new(Date, 5), list = js.array(1) }, "when list")
original.me = original
local copy = structuredClone(nil, original)
same(copy.me, copy, "cycles are kept")
same(copy.list ~= original.list, true, "lists are copied")
same(copy.when:getTime(), 5, "dates are copied")
same(message_of(structuredClone, nil, function() end) ~= nil, true, "functions are refused")

-- BigInt
same(js.str(js.bigint("10") * js.bigint("20")), "200", "product")
same(js.bigint("7") / js.bigint("-2") == js.bigint("-3"), true, "division truncates")
same(message_of(function()
    return js.bigint("1") / js.bigint("0")
end), "RangeError: Division by zero", "division by zero")

-- how the console shows values
local inspect = js.inspector.text
same(inspect(js.object({ a = js.array(1, "x"), b = null }, "a b")), "{ a: [ 1, 'x' ], b: null }", "object")
same(inspect(js.new(Map, js.array(js.array(1, 2)))), "Map(1) { 1 => 2 }", "map")
same(inspect(cycle), "<ref *1> { me: [Circular *1] }", "cycle")
same(js.inspector.format(3, { "%s=%d", "x", 4 }), "x=4", "format")
