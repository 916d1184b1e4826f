local Animal
local private_name = js.private("#name")
local private_secret = js.private("#secret")
local class_1
class_1 = js.class("Animal", nil, false, function(this, name)
  js.private_set(this, private_name, name)
  class_1.count = js.inc(class_1.count)
end, 1)
js.class_field(class_1, private_name)
js.class_field(class_1, "kind", function(this)
  return "animal"
end)
js.class_getter(class_1, false, "name", function(this)
  return js.private_get(this, private_name)
end)
js.class_setter(class_1, false, "name", function(this, value)
  js.private_set(this, private_name, value)
end)
js.class_method(class_1, false, "speak", function(this)
  return js.str(this.name) .. " speaks"
end)
js.class_method(class_1, true, "create", function(this, ...)
  local args = js.array(...)
  return js.new_apply(this, js.append_all(js.array(), args))
end)
js.private_method(class_1, false, private_secret, function(this)
  return js.has_private(this, private_name)
end)
js.class_static_field(class_1, "count", 0)
do
  class_1.ready = true
end
Animal = class_1
local Dog
Dog = js.class("Dog", Animal, true, function(new_target, name)
  local this
  this = js.super_new(Dog, new_target, name)
  js.this(this).tricks = js.array()
  return this
end, 1)
js.class_method(Dog, false, "speak", function(this)
  return js.add(js.super_get(Dog.prototype, this, "speak")(this), " loudly")
end)
js.class_method(Dog, false, js.key("compu" .. "ted"), function(this)
  local new_target = js.new_target()
  return new_target
end)
local class_2
class_2 = js.class("Anonymous", Dog, true)
local Anonymous = class_2
local home_3
home_3 = js.object()
home_3 = js.define(home_3, "greet", function(this)
  this = js.sloppy_this(this)
  return js.super_get(home_3, this, "toString")(this)
end)
home_3 = js.define_getter(home_3, "a", function(this)
  return 1
end)
home_3 = js.spread_into(home_3, Dog)
home_3 = js.set_proto(home_3, null)
local object = home_3
return js.object({ Animal = Animal, Dog = Dog, Anonymous = Anonymous, object = object }, "Animal Dog Anonymous object")
