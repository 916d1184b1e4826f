--! Editor types of `fs.*`. Must not know: other namespaces.
---@meta

fs = {}

---@class FsReadParams
---@field path string
---@field encoding? "utf8"|"base64"|"base64url"|"hex"|"ascii"|"latin1"|"binary"|"utf16le"

---Reads a file: text in the encoding, or bytes without one.
---@param params FsReadParams
---@return string|table
function fs.read(params) end

---Prints a file.
---@param params { path: string }
function fs.cat(params) end

---@class FsWriteParams
---@field path string
---@field json? any one line of JSON
---@field json2? any indented JSON
---@field buffer? any bytes
---@field text? any

---Writes a file anew; of the contents the first true one counts.
---@param params FsWriteParams
function fs.write(params) end

---Adds to the end of a file.
---@param params FsWriteParams
function fs.append(params) end

---Removes a file or folder with everything in it; a missing one is fine.
---@param params { path: string }
function fs.rm(params) end

---The same as `fs.rm`.
---@param params { path: string }
function fs.remove(params) end

---@class FsCopyOptions
---@field recursive? boolean default true
---@field force? boolean overwrite existing files, default true
---@field errorOnExist? boolean
---@field dereference? boolean copy what links point at

---Copies a file or folder.
---@param params { src: string, dest: string, options?: FsCopyOptions }
function fs.copy(params) end

---Makes a folder and those above it.
---@param params { path: string }
function fs.make(params) end

---Asks whoever watches to show a file or folder.
---@param params { path: string, mode?: string, action?: string, command?: string }
function fs.open(params) end

---@class FsDownloadParams
---@field uri? string|string[] address, or several with `dir`
---@field url? string|string[] the same as `uri`
---@field dir? string folder; the server or the address gives the name
---@field path? string exact file
---@field sha256? string hexadecimal checksum
---@field checksum? string `sha256:…`, `sha512:…`, `md5:…`

---Downloads files; goes on where an earlier download stopped.
---@param params FsDownloadParams
function fs.download(params) end

---@class FsLinkParams
---@field drive? table<string, string|string[]> name on the drive → folders of the app
---@field peers? string[] git addresses of apps to share with
---@field venv? string accepted, nothing to do

---Moves folders to the drive and leaves links in their place.
---@param params FsLinkParams
function fs.link(params) end

---The same as `fs.link`.
---@param params FsLinkParams
function fs.share(params) end
