--! Editor types of `web.*`. Must not know: other namespaces.
---@meta

web = {}

---Opens a page where somebody watches.
---@param params { uri: string, type?: "web"|"browse"|"dev"|"asset"|"run", target?: string, features?: string }
function web.open(params) end

---Closes a page.
---@param params { target?: string }
function web.close(params) end

---Names the page of this app.
---@param params { uri: string }
function web.expose(params) end
