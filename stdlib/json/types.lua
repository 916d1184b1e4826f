--! Editor types of `json.*`. Must not know: other namespaces.
---@meta

json = {}

---Reads JSON files into variables of this run; null for a missing or broken file.
---With `{ file = …, path = "$.servers[?@.active].name" }` the variable is the list of what the JSONPath (RFC 9535) selects.
---@param files table<string, string|{file: string, path: string}> variable → file
function json.get(files) end

---Sets values in JSON files by key paths or JSONPath (`$.…`, every selected place); a list takes the place of the whole content.
---@param files table<string, table<string, any>|any[]>
function json.set(files) end

---Removes values from JSON files by key paths.
---@param files table<string, string[]>
function json.rm(files) end

---Lays objects over the content of JSON files (RFC 7396): null removes a member, objects inside are merged.
---@param files table<string, table>
function json.merge(files) end

---Checks a file or value against a JSON Schema (draft 2020-12 and older; nothing is fetched).
---@param params {file?: string, data?: any, schema: string|table, strict?: boolean} `strict` fails the step when it is not valid
---@return {valid: boolean, errors: {path: string, message: string}[]}
function json.validate(params) end
