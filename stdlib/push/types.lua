--! Editor types of `push`. Must not know: other namespaces.
---@meta

---@class PushParams
---@field title? string default "Pinokio"
---@field subtitle? string
---@field message? string
---@field image? string path of a picture
---@field sound? boolean|string
---@field device_id? string
---@field audience? "device"

---Sends a notification and goes on.
---@param params PushParams
function push(params) end
