--! Editor types of `proxy.*`. Must not know: other namespaces.
---@meta

proxy = {}

---Does nothing.
---@deprecated
---@param params { uri: string, name?: string }
function proxy.start(params) end

---Does nothing.
---@deprecated
---@param params { uri: string }
function proxy.stop(params) end
