js.use_strict()
-- leading

-- block
local a = 1 -- trailing
--[=[
 * several ]] lines
 ]=]
local function f(this)
  -- only a comment
end

local list = js.array(
  1, -- one
  -- before two
  2
  -- last
)

if a ~= 0 then
  f(nil, list)
  -- at the end of a block
end
-- at the end of the file
