local module, exports = ...
local late = js.TDZ
local helper

local function main(this)
  return js.add(helper(nil, 1, 2), js.tdz(late, "late"))
end

function helper(this, a, b, ...)
  if b == nil then
    b = a
  end
  local rest = js.array(...)
  return js.append_all(js.array(a, b), rest).length
end
main(nil)

late = 3
local function add(_, a, b)
  return js.add(a, b)
end
local scale = js.async(function(this, value, argument_1)
  if argument_1 == nil then
    argument_1 = js.object()
  end
  local factor = argument_1.factor
  if factor == nil then
    factor = 2
  end
  local first = js.unpack(argument_1.by, 1)
  local result = js.await(value)
  return js.mul(js.mul(result, factor), first)
end)
local numbers = js.generator(function(this, n)
  local i = 0
  while js.lt(i, n) do
    js.yield(i)
    i += 1
  end
end)
local pages = js.async_generator(function(this)
  local iterator_1 = js.iterate_async(numbers(nil, 3))
  while iterator_1:step() do
    local page = iterator_1.value
    js.yield_star(page)
  end
end)
local function Legacy(this, ...)
  this = js.sloppy_this(this)
  local name = ...
  local arguments = js.arguments(...)
  this.name = name
  this.count = arguments.length
end
local counters = js.array()
for i = 0, 2 do
  counters:push(function(_)
    return i
  end)
end
local function self(this, n)
  return if js.lt(n, 2) then 1 else js.mul(n, self(nil, js.sub(n, 1)))
end
local fact = self
exports.all = js.object({ add = add, scale = scale, numbers = numbers, pages = pages, Legacy = Legacy, counters = counters, fact = fact }, "add scale numbers pages Legacy counters fact")
return module.exports
