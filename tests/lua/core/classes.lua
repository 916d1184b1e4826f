-- Classes: construction, inheritance, fields, private members, accessors, errors.
local function eq(actual, expected, what)
    if actual ~= expected then
        error((what or "value") .. ": expected " .. tostring(expected) .. ", got " .. tostring(actual), 2)
    end
end

local C = js.class("C", nil, false, function(this, x)
    this.x = x
end, 1)
js.class_method(C, false, "m", function(this)
    return this.x
end)
js.class_getter(C, false, "g", function(this)
    return this.x * 2
end)
local c = js.new(C, 5)
eq(c:m(), 5)
eq(c.g, 10)
eq(c.constructor, C)
eq(C.name, "C")
eq(js.instanceof(c, C), true)
eq(js.protect(C, nil), false, "calling a class")

local D
D = js.class("D", C, true, function(new_target, x)
    local this = js.super_new(D, new_target, x + 1)
    this.y = 1
    return this
end, 1)
js.class_field(D, "z", function(this)
    return this.x
end)
local p = js.private("#p")
js.class_field(D, p, function()
    return 7
end)
local d = js.new(D, 5)
eq(d.x, 6)
eq(d.z, 6)
eq(d.g, 12)
eq(js.private_get(d, p), 7)
eq(js.has_private(c, p), false)
eq(js.get_proto(D), C, "static side inherits")

local MyError = js.class("MyError", Error, true, nil, 0)
local e = js.new(MyError, "boom")
eq(e.message, "boom")
eq(js.instanceof(e, Error), true)
eq(js.str(e), "Error: boom")

local List = js.class("List", js.array_constructor or Object, true, nil, 0)
eq(js.instanceof(js.new(List), List), true)
