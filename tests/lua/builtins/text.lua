--! String, Number, Math and URI functions as scripts see them.

local function same(actual, expected, what)
    if not (actual == expected or (actual ~= actual and expected ~= expected)) then
        error(`{what}: got {tostring(actual)}, expected {tostring(expected)}`)
    end
end

-- UTF-16 over UTF-8
same(("😀a").length, 3, "length of a pair")
same(("😀a"):charCodeAt(1), 0xDE00, "second half")
same(("é"):charCodeAt(0), 233, "latin letter")
same(("a😀b"):slice(1, 3), "😀", "slice of a pair")
same(("a😀b"):indexOf("b"), 3, "index behind a pair")
same(("ab"):at(-1), "b", "at")
same(("ab"):at(5), nil, "at outside")
same(("x"):padStart(3, "ab"), "abx", "padStart")
same(("straße"):toUpperCase(), "STRASSE", "upper case")
same(("  é "):trim(), "é", "trim")
same(("aXbX"):replaceAll("X", "$&-"), "aX-bX-", "replaceAll")
same(js.invoke("a,b,,c", "split", ",").length, 4, "split")
same(("e\u{301}"):normalize(), "é", "normalize")
same(("a"):localeCompare("B"), -1, "localeCompare")
same(String:fromCodePoint(128512), "😀", "fromCodePoint")
same(String:fromCharCode(0xD83D, 0xDE00), "😀", "fromCharCode joins halves")
same(js.instanceof(js.new(String, "x"), String), true, "String object")

-- Numbers
same((255):toString(16), "ff", "radix 16")
same((1.005):toFixed(2), "1.00", "toFixed uses the exact value")
same((1234567.891):toLocaleString(), "1,234,567.891", "toLocaleString")
same((0.000001234):toExponential(2), "1.23e-6", "toExponential")
same(Number(nil, " 12 "), 12, "text with space")
same(parseInt(nil, "42px"), 42, "parseInt")
same(parseFloat(nil, "3.14abc"), 3.14, "parseFloat")
same(Number:isSafeInteger(9007199254740992), false, "isSafeInteger")

-- Math
same(Math:max(), -math.huge, "max of nothing")
same(1 / Math:round(-0.2), -math.huge, "round to minus zero")
same(Math:hypot(3, 4), 5, "hypot")
same(Math:imul(0xFFFFFFFF, 5), -5, "imul")
same(Math:clz32(1), 31, "clz32")

-- URI
same(encodeURIComponent(nil, "a b&é"), "a%20b%26%C3%A9", "encodeURIComponent")
same(decodeURIComponent(nil, "%F0%9F%98%80"), "😀", "decodeURIComponent")
same(pcall(decodeURIComponent, nil, "%E0%A4%A"), false, "malformed URI")
same(encodeURI(nil, "http://x/ä?q=1#h"), "http://x/%C3%A4?q=1#h", "encodeURI")
