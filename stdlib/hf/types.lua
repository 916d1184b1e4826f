--! Editor types of `hf.*`. Must not know: other namespaces.
---@meta

hf = {}

---@class HfDownloadParams
---@field _ string|string[] repository, then files of it; no file means all
---@field path? string working directory
---@field revision? string branch, tag or commit
---@field include? string|string[] patterns of wanted files
---@field exclude? string|string[] patterns of files to leave out
---@field ["local-dir"]? string folder for the files instead of the cache
---@field ["repo-type"]? "model"|"dataset"|"space"
---@field token? string
---@field ["cache-dir"]? string
---@field ["force-download"]? boolean fetch again what is there
---@field env? table<string, string>

---Downloads files of a repository; goes on where an earlier download stopped.
---@param params HfDownloadParams
---@return { stdout: string, response: string, path: string, files: string[], exit_code: integer }
function hf.download(params) end

---Uploads with the program `hf`; all parameters but `path` and `env` are its arguments.
---@param params { _: string[], path?: string, env?: table<string, string> }
---@return table
function hf.upload(params) end

---@class HfLoginParams
---@field force? boolean also when logged in
---@field open? boolean ask whoever watches to open the page
---@field modal? boolean show the code in a dialog
---@field clipboard? boolean offer the code for the clipboard
---@field wait? boolean wait until somebody has confirmed, default true
---@field timeout? number milliseconds, default 120000
---@field interval? number milliseconds, default 2000
---@field env? table<string, string>

---Logs in with a code that somebody confirms in a browser.
---@param params? HfLoginParams
---@return { status: string, token_path: string, already_logged_in?: boolean, login?: table }
function hf.login(params) end

---Forgets the token.
---@param params? { env?: table<string, string> }
---@return { status: string, token_path: string }
function hf.logout(params) end
