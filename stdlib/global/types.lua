--! Editor types of `global.*`. Must not know: how long variables are kept.
---@meta

global = {}

---Sets variables of this script that its later runs see too. Keys are key paths.
---@param values table<string, any>
function global.set(values) end

---Removes such variables by key paths.
---@param paths string[]
function global.rm(paths) end
