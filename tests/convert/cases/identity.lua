local own_2
own_2 = js
-- Luau would share closures that capture nothing; JavaScript tells them apart.
local function mk(this)
  local own = js
  return function(this)
    local _ = own
  end
end
console:log(mk(nil) ~= mk(nil))
local fs = js.array()
for i = 0, 2 do
  fs:push(function(this)
    local _ = own_2
  end)
end
console:log(fs[0] ~= fs[1], js.new(Set, fs).size)
local as = js.array()
for i = 0, 2 do
  as:push(function(_)
    local _ = own_2
    return 1
  end)
end
console:log(js.new(Set, as).size)
local function C(this)
  local own_3 = js
  this = js.sloppy_this(this)
  this.m = function(this)
    local _ = own_3
    return 1
  end
end
console:log(js.new(C).m ~= js.new(C).m)
local function make(_)
  local own_4 = js
  return js.define_getter(js.object({ f = function(this)
    local _ = own_4
    return 1
  end, g = function(_)
    local _ = own_4
    return 2
  end }, "f g"), "h", function(this)
    local _ = own_4
    return 3
  end)
end
console:log(make(nil).f ~= make(nil).f, make(nil).g ~= make(nil).g)
local function cls(this)
  local own_5 = js
  local class_1 = js.class("")
  js.class_method(class_1, false, "m", function(this)
    local _ = own_5
  end)
  return class_1
end
console:log(cls(nil) ~= cls(nil), cls(nil).prototype.m ~= cls(nil).prototype.m)
local function decl(this)
  local own_6 = js
  local function inner(this)
    local _ = own_6
  end
  return inner
end
console:log(decl(nil) ~= decl(nil))
local f1 = mk(nil)
f1.tag = 1
console:log(mk(nil).tag)
local function ctor(this)
  local own_7 = js
  return function(this)
    local _ = own_7
  end
end
local K1 = ctor(nil)
local K2 = ctor(nil)
K1.prototype.x = 1
console:log(js.new(K2).x)
local function gen(this)
  return js.generator(function(this) end)
end
console:log(gen(nil) ~= gen(nil))
local ev = js.object({ l = js.array(), on = function(this, f)
  this = js.sloppy_this(this)
  this.l:push(f)
end, off = function(this, f)
  this = js.sloppy_this(this)
  this.l = this.l:filter(function(_, x)
    return x ~= f
  end)
end }, "l on off")
local function h(this)
  local own_8 = js
  return function(this)
    local _ = own_8
  end
end
local a = h(nil)
local b = h(nil)
ev:on(a)
ev:on(b)
ev:off(a)
console:log(ev.l.length)
local m = js.new(Map)
for i = 0, 1 do
  m:set(function(_)
    local _ = own_2
  end, i)
end
console:log(m.size)
