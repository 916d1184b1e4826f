--! Editor types of `json.*`. Must not know: other namespaces.
---@meta

json = {}

---Reads JSON files into variables of this run; null for a missing or broken file.
---@param files table<string, string> variable → file
function json.get(files) end

---Sets values in JSON files by key paths; a list takes the place of the whole content.
---@param files table<string, table<string, any>|any[]>
function json.set(files) end

---Removes values from JSON files by key paths.
---@param files table<string, string[]>
function json.rm(files) end
