local function plain(_, a, b)
  if b == nil then
    b = 1
  end
  return a
end
js.fn(plain, "plain", 1)
local renamed = js.spread_into(js.define_named(js.object({ ["end"] = js.fn(function(_) end, "end", 0) }, "end"), js.key("x" .. js.str(1)), function(this) end), js.object({ method = function(this, a, ...)
  local b = js.array(...)
end, later = js.async(function(this) end, "later", 0) }, "method later"))
local function _Sx(this) end
js.fn(_Sx, "$x", 0)
local A = js.class("A")
js.class_method(A, true, "m", js.fn(function(this) end, "m", 0))
js.class_field(A, "x", function(this)
  return js.fn(function(_) end, "x", 0)
end)
return js.object({ plain = plain, renamed = renamed, ["$x"] = _Sx, A = A, inline = function(_) end }, "plain renamed $x A inline")
