--! Editor types of `github.*`. Must not know: other namespaces.
---@meta

github = {}

---Makes a repository on GitHub, sets it as `origin` and pushes. Needs GITHUB_TOKEN in the environment.
---@param params {name: string, visibility?: "public"|"private", cwd?: string, path?: string}
---@return table repository GitHub's object
function github.create(params) end

---Forks the repository of `upstream` or `origin` and adds it as the remote `fork`. Needs GITHUB_TOKEN in the environment.
---@param params {name?: string, org?: string, cwd?: string, path?: string}
---@return table repository GitHub's object
function github.fork(params) end
