--! Editor types of `load`. Must not know: other namespaces.
---@meta

---Loads modules and JSON files; a missing file gives null.
---@param params table<string, string> name → path
---@return table<string, any>
function load(params) end
