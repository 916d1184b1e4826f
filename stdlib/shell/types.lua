--! Editor types of `shell.*`: commands on terminals of their own. Must not know: other namespaces.
---@meta

---@class ShellHandler
---@field event string A JavaScript pattern, `/listening on (\S+)/i`
---@field done? boolean Go on with the script and leave the program running
---@field kill? boolean End the program, then go on
---@field ["break"]? boolean `true`: fail with the matched text; `false`: this text is no error
---@field once? boolean Fire only once
---@field notify? table Send a notification `{ title, message }`
---@field trigger? string Start the step array of this name

---@class ShellOptions
---@field message? string|table A command, a list of commands (each in a shell of its own), or `{ _ = { "python", "app.py" }, port = 7860 }`
---@field path? string Working directory, relative to the script; created when missing
---@field env? table<string, any> Variables; lists are put before what is there, joined by `:`
---@field venv? string|{ path: string, python?: string } Python environment, relative to `path`; created when missing
---@field venv_python? string Python version of a new environment
---@field conda? string|table A conda environment, or `{ skip = true }`
---@field chain? "&"|"|"|"*" Run a list of commands in one shell, joined by `&&`, `||` or `;`
---@field on? ShellHandler[] What to do when the output matches
---@field input? boolean A person types into it
---@field sudo? boolean With all rights, where that needs no password
---@field id? string Name for `shell.enter`, `shell.write`, `shell.stop`
---@field shell? string Another shell program than bash
---@field timeout? number|string Seconds, or "90s", "10m", "2h": the command is ended after that and the step fails (ours)
---@field retry? number|{ times: number, delay?: number|string } Try a command that failed again so often (ours)
---@field limits? { memory?: number|string, cpus?: number, cpu_seconds?: number|string, files?: number, processes?: number, file_size?: number|string } What the command may use (ours)
---@field cols? number Width of the terminal, 100 by default
---@field rows? number Height of the terminal, 30 by default

---@class ShellResult
---@field id string
---@field response string What the (last) program printed, without escape sequences; at most the last 1 MiB
---@field stdout string The same
---@field truncated? boolean The beginning is missing
---@field event? string[] The match a handler captured, with its groups
---@field error? string[] Error texts
---@field exit_code? number Absent when the program was killed or runs on

---@class shell
shell = {}

---Runs commands and waits for them. Error text (`error:`) in the output fails the step.
---@param options ShellOptions
---@return ShellResult?
function shell.run(options) end

---Starts a shell that stays; gives its id.
---@param options ShellOptions
---@return string
function shell.start(options) end

---Types a line into a running shell. With handlers it waits for the first match and gives its `return`.
---@param options { id?: string, message: string|table, on?: { event: string, ["return"]: any }[] }
---@return any
function shell.enter(options) end

---Types text into a running shell, without a line end.
---@param options { id?: string, message: string|table, on?: { event: string, ["return"]: any }[] }
---@return any
function shell.write(options) end

---Ends a shell, or all shells of a script.
---@param options { id?: string, group?: string }
function shell.stop(options) end
