--! Editor types of `uri.*`. Must not know: other namespaces.
---@meta

uri = {}

---Opens an address where somebody watches.
---@param params { uri: string, params?: table<string, any> }
---@return { uri: string, result: { ok: boolean } }
function uri.open(params) end
