--! Editor types of `set`. Must not know: other namespaces.
---@meta

---@class SetParams
---@field local? table<string, any> variables of this run, by key path
---@field global? table<string, any> variables of this script, by key path
---@field self? table<string, table<string, any>|any[]> JSON files
---@field json? table<string, table<string, any>|any[]> JSON files, when `self` is absent
---@field key? table<string, table<string, any>> secrets by host

---Sets values in several places.
---@param params SetParams
function set(params) end
