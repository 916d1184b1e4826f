--! Editor types of `net`. Must not know: other namespaces.
---@meta

---@class NetParams
---@field url string
---@field method? string default get
---@field baseURL? string
---@field headers? table<string, string>
---@field params? table<string, any> query
---@field data? any objects are sent as JSON
---@field responseType? "json"|"text"|"arraybuffer"
---@field timeout? number milliseconds
---@field auth? { username: string, password: string }

---Sends an HTTP request; the result is the body of the answer.
---@param params NetParams
---@return any
function net(params) end
