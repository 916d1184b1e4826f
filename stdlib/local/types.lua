--! Editor types of `local.*`; in Lua the namespace is `locals`. Must not know: how a run keeps its variables.
---@meta

locals = {}

---Sets variables of this run. Keys are key paths: `{ ["opts.lang"] = "en" }`.
---@param values table<string, any>
function locals.set(values) end

---Removes variables by key paths; an index of a list makes the rest move up.
---@param paths string[]
function locals.rm(paths) end

---Makes the variables of other running scripts visible under a name.
---@param scripts table<string, string> name → path or address of a script
function locals.import(scripts) end
