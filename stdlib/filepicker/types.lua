--! Editor types of `filepicker.*`. Must not know: other namespaces.
---@meta

filepicker = {}

---@class FilePickerParams
---@field title? string
---@field type? "file"|"folder"
---@field path? string where to begin
---@field filetype? string|string[]
---@field multiple? boolean
---@field save? boolean

---Lets whoever watches choose files of this machine.
---@param params FilePickerParams
---@return { paths: string[] }
function filepicker.open(params) end
