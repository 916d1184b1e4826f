--! Editor types of `clipboard.*`. Must not know: other namespaces.
---@meta

clipboard = {}

---Puts text on the clipboard of whoever watches.
---@param params { text: string }
function clipboard.copy(params) end

---Asks whoever watches for the text on the clipboard.
---@return string
function clipboard.paste() end
