--! Editor types of `htmlmodal.*`. Must not know: other namespaces.
---@meta

htmlmodal = {}

---@class HtmlModalParams
---@field id? string
---@field title? string
---@field html? string
---@field status? { text?: string, waiting?: boolean, variant?: string }
---@field actions? table[]
---@field await? boolean wait for an answer

---Shows a dialog.
---@param params HtmlModalParams
---@return table
function htmlmodal.open(params) end

---Changes the dialog.
---@param params HtmlModalParams
---@return table
function htmlmodal.update(params) end

---Closes the dialog.
---@param params HtmlModalParams
---@return table
function htmlmodal.close(params) end
