--! Editor types of `key.*`. Must not know: other namespaces.
---@meta

key = {}

---@deprecated always an error; use `set` with `key`, ENVIRONMENT or `input`
function key.get(params) end

---@deprecated always an error; use `set` with `key`, ENVIRONMENT or `input`
function key.set(params) end
