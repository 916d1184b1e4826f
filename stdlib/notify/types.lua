--! Editor types of `notify`. Must not know: other namespaces.
---@meta

---@class NotifyParams
---@field html string the message
---@field href? string opened by a click
---@field uri? string the same as `href`
---@field target? string `_blank`, `_self`
---@field features? string hints for the window
---@field type? string `warning`, `success`, …
---@field silent? boolean no sound
---@field action? "close" a click closes the window

---Shows a message and goes on.
---@param params NotifyParams
function notify(params) end
