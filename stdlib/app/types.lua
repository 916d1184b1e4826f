--! Editor types of `app.*`. Must not know: other namespaces.
---@meta

app = {}

---Fetches a launcher repository into `<home>/api/<name>`; what is wrong with the request is told in the result.
---@param params {uri: string, name?: string, branch?: string}
---@return {ok: boolean, name?: string, path?: string, uri: string, branch?: string, code?: "INVALID_URI"|"INVALID_NAME"|"APP_EXISTS", error?: string}
function app.download(params) end

---@deprecated always an error: there is no desktop
function app.launch(params) end

---@deprecated always an error: there is no desktop
function app.search(params) end

---@deprecated always an error: there is no desktop
function app.info(params) end

---@deprecated always an error: there is no desktop
function app.refresh(params) end
