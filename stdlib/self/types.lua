--! Editor types of `self.*`. Must not know: other namespaces.
---@meta

self = {}

---Sets values in JSON files by key paths, such as the running script's own.
---@param files table<string, table<string, any>|any[]>
function self.set(files) end

---Removes values from JSON files by key paths.
---@param files table<string, string[]>
function self.rm(files) end
