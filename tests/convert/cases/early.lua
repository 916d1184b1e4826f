local module, exports = ...
local inner
local later = js.TDZ
local self, table, counter
local function read(_)
  return table.size
end
local function total(this)
  return table.size + counter
end
self = js.object({ get = function(this)
  return self.value
end, value = 1 }, "get value")
table = js.object({ size = 2 }, "size")
counter = 0
local hoisted = total(nil)
if counter ~= 0 then
  inner = 1
end
exports.sum = js.add(js.add(inner, hoisted), read(nil))
local function lazily(this)
  return js.tdz(later, "later")
end
exports.early = lazily(nil)
later = 1
return module.exports
