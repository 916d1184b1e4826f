local _unused, _unused, require = ...
local end_ = 1
local local_ = 2
local nil_ = 3
local _Sel = 4
local js_ = 5
local repeat_ = js.object({ ["then"] = 1, ["until"] = 2 }, "then until")
local _ue9t_ue9 = 6
local function not_(this, and_)
  return js.add(and_, end_)
end
local _ = require(nil, "lodash")
return js.object_pairs(11, "end", end_, "local", local_, "nil", nil_, "$el", _Sel, "js", js_, "été", _ue9t_ue9, "x", not_(nil, repeat_["then"]), "a b", _:map(js.array(1), function(_this, n)
  return n
end), 0, 1, 1, 2, "end", 3)
