--! Editor types of `exec`. Must not know: other namespaces.
---@meta

---@class ExecParams
---@field message string the command
---@field cwd? string
---@field path? string the same as `cwd`
---@field env? table<string, string>
---@field timeout? number milliseconds
---@field maxBuffer? number bytes of output that are kept

---Runs a command without a terminal; one that fails ends the script.
---@param params ExecParams
---@return { stdout: string, stderr: string }
function exec(params) end
