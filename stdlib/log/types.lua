--! Editor types of `log`. Must not know: other namespaces.
---@meta

---@class LogParams
---@field raw? any text, escape sequences allowed
---@field text? any text
---@field json? any a value as JSON in one line
---@field json2? any a value as indented JSON

---Prints the first form that is given.
---@param params LogParams
function log(params) end
