--! Editor types of `jump` and `goto`. Must not know: other namespaces.
---@meta

---@class JumpParams
---@field index? integer|nil index of the step to go to; null ends the script normally
---@field id? string id of the step to go to (`index` wins)
---@field params? any value the target step gets as `input`
---@field input? any the same, when there is no `params`

---Goes to another step of the script.
---@param params JumpParams
---@return any
function jump(params) end

---The same as `jump`.
---@param params JumpParams
---@return any
function goto_(params) end
