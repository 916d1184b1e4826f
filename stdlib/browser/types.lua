--! Editor types of `browser.*`. Must not know: other namespaces.
---@meta

browser = {}

---Opens a page in a new window where somebody watches.
---@param params { uri: string }
function browser.open(params) end

---Closes a page.
---@param params { target?: string }
function browser.close(params) end
