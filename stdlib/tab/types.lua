--! Editor types of `tab.*`. Must not know: other namespaces.
---@meta

tab = {}

---Opens a page in the app's frame.
---@param params { target?: string, url: string }
function tab.open(params) end
