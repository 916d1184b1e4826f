--! Editor types of `input`, `modal` and `loading`. Must not know: other namespaces.
---@meta

---@class InputField
---@field key string name of the value in the answer
---@field title? string
---@field description? string
---@field placeholder? string
---@field required? boolean
---@field default? any
---@field type? "text"|"password"|"number"|"textarea"|"select"|"checkbox"|"file"
---@field items? (string|{ value: string, text: string })[] choices of a `select`

---@class InputParams
---@field title? string
---@field description? string
---@field type? "modal"|"notify"
---@field confirm? string text of the button
---@field form? InputField[]

---Asks a person; the answer is the result.
---@param params InputParams
---@return table
function input(params) end

---@class ModalParams
---@field title? string
---@field description? string
---@field menu? { text: string, icon: string, href: string }[]

---Shows a dialog and waits until it is closed.
---@param params ModalParams
---@return table
function modal(params) end

loading = {}
---Says that something takes a while.
---@param params { message: string }
function loading.start(params) end
---Takes the notice back.
function loading.end_() end
