--! Editor types of `import`. Must not know: other namespaces.
---@meta

---Gives the variables of other running scripts.
---@param scripts table<string, string> name → path or address of a script
---@return table<string, table>
function import(scripts) end
