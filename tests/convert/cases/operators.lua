local template_site = {  }
local n = 1
local s = "a"
local u
local big = js.bigint("10")
n = js.add(n, 2)
s ..= "b"
n = js.mod(js.pow(n, 2), 3)
n = js.shl(n, 1)
n = js.bor(js.ushr(n, 0), js.bnot(n))
local flags = js.array(js.gt(n, 1), js.lt(s, "b"), js.eq(n, "1"), s == "x", u == nil, not u, js.typeof(u), nil, js.neg(n), js.plus(s), js.has("a", js.object()), js.instanceof(js.array(), Array))
local text = (js.add(s, n) .. "-" .. js.str(n) .. "-" .. s) .. (if js.truthy(n) then "y" else "n")
local function tag(this, strings)
  return strings.raw[0]
end
local result_1 = tag(nil, js.template(template_site, 2, { "a", "b\n" }, { "a", "b\\n" }), n)
if not js.truthy(result_1) then
  result_1 = js.delete(flags, 0)
end
local same = result_1
if not js.truthy(same) then
  n = js.inc(n)
  same = s
end
local re = js.regexp("a\"\\\\\\/b", "gi")
local numbers = js.array(0x1f, 3, 15, 1000, 1e21, 0.5, 5e-7)
local holes = js.holes(js.array(1, nil, 3), 1)
if js.typeof_global("missing") == "undefined" then
  js.set(globalThis, "missing", nil)
end
return js.array(flags, text, same, re, numbers, holes, big, math.huge, NaN, js.global("missing"))
