-- Operands that later operands write.
local function f(_)
  local x = 1
  local value_1 = x
  x = 5
  x = value_1 + 5
  return x
end
local function g(_)
  local x = 1
  local value_1 = x
  x = 2
  return value_1 + 2 + x
end
local function h(_, y)
  local value_1 = y
  y = 5
  y = js.add(value_1, 5)
  return y
end
local function k(_, y)
  local value_1 = y
  y = 5
  local value_3 = js.add(value_1, 5)
  local value_2 = js.numeric(y)
  y = js.inc(value_2)
  return js.add(value_3, js.mul(value_2, y))
end
local z = 1
local value_1 = z
z = 3
z = js.add(value_1, js.mul(3, z))
console:log(f(nil), g(nil), h(nil, 1), k(nil, 1), z)
local function l(_)
  local x = 1
  local value_2 = x
  x = 2
  local value_4 = x
  local value_3 = x
  x = value_3 + 1
  return js.array(value_2, 2, value_4, value_3, x)
end
local function m(_)
  local x = 1
  local value_2 = x
  x = value_2 + 1
  return value_2 + x
end
local function n(_, a)
  local value_3 = a.v
  local value_2 = js.object({ v = 5 }, "v")
  a = value_2
  return js.add(js.add(value_3, value_2.v), a.v)
end
console:log(l(nil), m(nil), n(nil, js.object({ v = 1 }, "v")))
local function o(_)
  local i = 0
  local a = js.array()
  local value_2 = i
  i = 2
  a[value_2] = 2
  return js.add(a.length, ":") .. js.str(i)
end
local function p(_)
  local i = 0
  local a = js.array(5, 6)
  local key_2 = i
  local value_3 = a[key_2]
  i = 1
  a[key_2] = js.add(value_3, 1)
  return a:join()
end
local function q(_, x)
  local result_2
  if js.truthy(x) then
    x = 0
    result_2 = x
  else
    result_2 = 1
  end
  return result_2
end
local function r(_, x)
  local y = x
  if js.truthy(y) then
    x = 5
    y = 5
  end
  return js.add(x, y)
end
local function s(_, x)
  local value_2 = x
  x = 5
  return js.lt(value_2, 5)
end
local function t(_, x)
  local value_2 = js.str(x)
  x = 4
  return value_2 .. js.str(4) .. js.str(x)
end
local function u(_, x)
  local value_2 = x
  x = 5
  return value_2 == 5 or x
end
local function v(_, x)
  local value_2 = Math
  local value_3 = x
  x = 9
  return value_2:max(value_3, 9, js.sub(x, 1))
end
local function w(_, x)
  local value_2 = x
  x = 2
  local o = js.define(js.object({ a = value_2, b = 2 }, "a b"), js.key(x), x)
  return JSON:stringify(o)
end
console:log(o(nil), p(nil), q(nil, 1), r(nil, 1), s(nil, 1), t(nil, 1), u(nil, 1), v(nil, 1), w(nil, 1))
