--! Editor types of `script`. Must not know: other namespaces.
---@meta

script = {}

---@class ScriptStartParams
---@field uri string relative to the calling script, `~/…`, absolute, or `https://host/owner/name.git/path`
---@field params? table `args` of the script and `input` of its first step
---@field branch? string branch of the repository, for git addresses
---@field hash? string commit of the repository, for git addresses
---@field pull? boolean pull first, for git addresses

---Starts a script and waits until it has ended or is up; gives its last step's result.
---@param params ScriptStartParams
---@return any
function script.start(params) end

---The same as `script.start`.
---@param params ScriptStartParams
---@return any
function script.run(params) end

---Stops scripts and waits until they are over.
---@param params { uri: string|string[] }
function script.stop(params) end

---Its parameters are the script's result when it is the last step.
---@generic T
---@param params T
---@return T
function script.return_(params) end

---Clones the repository of a git address when no app has it.
---@param params { uri: string, branch: string?, hash: string?, pull: boolean? }
---@return string
function script.download(params) end

---Stops a script (without `uri`: this one) and starts it again.
---@param params { uri: string?, params: table? }
---@return { uri: string, scheduled: boolean, self: boolean, params: any }
function script.restart(params) end

---Whether a script has reached its end since its last start.
---@param params string|{ uri: string }
---@return boolean
function script.ready(params) end

---State of a script of this run; our addition.
---@param params? string|{uri?: string}
---@return {uri: string, running: boolean, ready: boolean, local?: table}
function script.status(params) end
