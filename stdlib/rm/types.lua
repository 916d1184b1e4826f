--! Editor types of `rm`. Must not know: other namespaces.
---@meta

---@class RmParams
---@field local? string[] key paths in the variables of this run
---@field global? string[] key paths in the variables of this script
---@field self? table<string, string[]> key paths in JSON files
---@field json? table<string, string[]> key paths in JSON files, when `self` is absent

---Removes values; `fs.rm` removes files.
---@param params RmParams
function rm(params) end
