--! Editor types of `env.*`. Must not know: other namespaces.
---@meta

env = {}

---Sets variables in the app's ENVIRONMENT file.
---@param values table<string, any>
function env.set(values) end

---Moves each variable from one of its values to the next.
---@param options table<string, string[]>
function env.switch(options) end
