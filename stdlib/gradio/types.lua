--! Editor types of `gradio.*`. Must not know: other namespaces.
---@meta

gradio = {}

---Calls an endpoint of a Gradio app and waits for the result. Files are given as `{ path = <file or URL> }`.
---@param params {uri: string, path: string, params: any[]}
---@return {data: any[], endpoint: string}
function gradio.predict(params) end
