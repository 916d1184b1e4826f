local module, exports, require = ...
local object_1 = require(nil, "./x")
local a = object_1.a
local c = object_1.b.c
if c == nil then
  c = 1
end
local rest = js.object_rest(object_1, "a", "b")
local iterator_2 = js.iterate(a)
local first = iterator_2:next_value()
iterator_2:next_value()
local third = iterator_2:next_value()
if third == nil then
  third = first
end
local others = iterator_2:rest()
local x = 1
local y = 2
local iterator_3 = js.iterate(js.array(y, x))
x = iterator_3:next_value()
y = iterator_3:next_value()
iterator_3:close()
x = rest.a
local value_4 = rest.y
if value_4 == nil then
  value_4 = 5
end
y = value_4
local key_5 = js.key(js.add("k", x))
rest.z = rest[key_5]
local function f(this, argument_6, argument_7)
  if argument_6 == nil then
    argument_6 = js.object()
  end
  local p = argument_6.p
  local q = argument_6.q
  if q == nil then
    q = p
  end
  if argument_7 == nil then
    argument_7 = js.array()
  end
  local r = js.unpack(argument_7, 1)
  return js.object({ p = p, q = q, r = r, x = x, y = y }, "p q r x y")
end
for _, item_6 in js.of(Object:entries(others)) do
  local key, value = js.unpack(item_6, 2)
  f(nil, key, value)
end
js.try(function()
  f(nil)
end, function(error_7)
  local message = error_7.message
  x = message
end)
if not js.truthy(x) then
  x = 1
end
if js.truthy(y) then
  y = 2
end
local value_8 = rest.k
if js.nullish(value_8) then
  rest.k = 3
end
local key_9 = js.key(x)
js.set(rest, key_9, js.add(rest[key_9], y))
rest.n = js.inc(rest.n)
exports.sum = js.append(js.append(js.append(js.append_all(js.array(), others), first), c), third):reduce(function(_, sum, n)
  return js.add(sum, n)
end, 0)
return module.exports
