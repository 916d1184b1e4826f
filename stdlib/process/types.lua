--! Editor types of `process`. Must not know: other namespaces.
---@meta

process = {}

---@class ProcessWaitParams
---@field sec? number seconds
---@field min? number minutes
---@field uri? string address that has to answer with success
---@field url? string the same
---@field interval? number seconds between two tries
---@field on? { resources: string[], timeout: number?, interval: number?, delay: number? } files, ports and addresses
---@field title? string
---@field description? string
---@field message? string

---Waits; without parameters until the script is stopped.
---@param params? ProcessWaitParams
function process.wait(params) end
