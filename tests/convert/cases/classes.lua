local private_name = js.private("#name")
local private_secret = js.private("#secret")
local Animal
Animal = js.class("Animal", nil, false, function(this, name)
  js.private_set(this, private_name, name)
  Animal.count = js.inc(Animal.count)
end, 1)
js.class_field(Animal, private_name)
js.class_field(Animal, "kind", function(this)
  return "animal"
end)
js.class_getter(Animal, false, "name", function(this)
  return js.private_get(this, private_name)
end)
js.class_setter(Animal, false, "name", function(this, value)
  js.private_set(this, private_name, value)
end)
js.class_method(Animal, false, "speak", function(this)
  return js.str(this.name) .. " speaks"
end)
js.class_method(Animal, true, "create", function(this, ...)
  local args = js.array(...)
  return js.new_apply(this, js.append_all(js.array(), args))
end)
js.private_method(Animal, false, private_secret, function(this)
  return js.has_private(this, private_name)
end)
js.class_static_field(Animal, "count", 0)
do
  Animal.ready = true
end
local Dog
Dog = js.class("Dog", Animal, true, function(new_target, name)
  local this
  this = js.super_new(Dog, new_target, name)
  this.tricks = js.array()
  return this
end, 1)
js.class_method(Dog, false, "speak", function(this)
  return js.add(js.super_get(Dog.prototype, this, "speak")(this), " loudly")
end)
js.class_method(Dog, false, js.key("compu" .. "ted"), function(this)
  local new_target = js.new_target()
  return new_target
end)
local class_1 = js.class("Anonymous", Dog, true)
local Anonymous = class_1
local home_2
home_2 = js.object()
js.define(home_2, "greet", function(this)
  this = js.sloppy_this(this)
  return js.super_get(home_2, this, "toString")(this)
end)
js.define_getter(home_2, "a", function(this)
  return 1
end)
js.spread_into(home_2, Dog)
js.set_proto(home_2, null)
local object = home_2
return js.object({ Animal = Animal, Dog = Dog, Anonymous = Anonymous, object = object }, "Animal Dog Anonymous object")
