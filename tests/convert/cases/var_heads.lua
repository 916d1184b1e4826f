local function f(this)
  local z
  for _, item_1 in js.keys_in(js.object({ q = 1 }, "q")) do
    z = item_1
  end
  return z
end
local function g(this)
  local z
  for _, item_1 in js.of(js.array(1, 2)) do
    z = item_1
  end
  return z
end
console:log(f(nil), g(nil))
