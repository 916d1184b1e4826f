--! Editor types of `terminal.*`. Must not know: other namespaces.
---@meta

terminal = {}

---@deprecated for pages only; always an error in a script
function terminal.upload(params) end
