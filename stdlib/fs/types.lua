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
---@field checksum_file? string address of a checksum file
---@field mirrors? string[] other addresses of the same content (one `uri` only)
---@field connections? integer connections at once for large files, default 8

---Downloads files; goes on where an earlier download stopped.
---@param params FsDownloadParams
function fs.download(params) end

---@class FsExtractParams
---@field path string archive: zip, tar (gz, xz, zst, bz2), 7z, or one compressed file
---@field dest? string folder; default the archive's own
---@field strip? integer folders to leave out at the beginning of each name
---@field remove? boolean remove the archive afterwards
---@field max_bytes? integer default 256 GiB
---@field max_files? integer default 1000000
---@field max_ratio? integer bytes out for each byte in, default 200

---Unpacks an archive; one that is bad or dangerous leaves nothing behind.
---@param params FsExtractParams
---@return { path: string, files: integer, bytes: integer }
function fs.extract(params) end

---@class FsVerifyParams
---@field path string
---@field sha256? string
---@field sha512? string
---@field md5? string
---@field checksum? string `sha256:…`, `sha512:…`, `md5:…`
---@field sidecar? string checksum file; default `PATH.sha256` and the like
---@field size? integer bytes
---@field fail? boolean false: a difference is no error

---Compares a file with its checksum and size.
---@param params FsVerifyParams
---@return { ok: boolean, bytes: integer, checksum?: string, problem?: string }
function fs.verify(params) end

---@class FsLinkParams
---@field drive? table<string, string|string[]> name on the drive → folders of the app
---@field peers? string[] git addresses of apps to share with
---@field venv? string accepted, nothing to do

---Moves folders to the drive and leaves links in their place.
---@param params FsLinkParams
function fs.link(params) end

---Moves a file or folder to a place where nothing is; between disks by verified copy. Gives the operation's name,
---which `pino drive undo` takes back.
---@param params { src: string, dest: string }
---@return string
function fs.move(params) end

---The same as `fs.link`.
---@param params FsLinkParams
function fs.share(params) end
