--! `path`: posix and win32 flavours as in Node. Launchers always see POSIX paths, so that is the module itself.
--! Must not know the file system; the current directory comes from `native.cwd`.
local js, native = ...

local type, sub, byte, find, lower = type, string.sub, string.byte, string.find, string.lower

local function check(value, name)
    if type(value) ~= "string" then
        local shown = if value == nil then "undefined" elseif value == null then "null" elseif js.is_object(value) then "an instance of " .. js.constructor_name(value) else "type " .. js.typeof(value) .. " (" .. js.str(value) .. ")"
        local e = js.make_error("TypeError", 'The "' .. name .. '" argument must be of type string. Received ' .. shown)
        js.set(e, "code", "ERR_INVALID_ARG_TYPE")
        js.throw(e)
    end
    return value
end

-- Splits a path into its names.
local function names_of(path, separators)
    local list = {}
    for name in string.gmatch(path, "[^" .. separators .. "]+") do
        table.insert(list, name)
    end
    return list
end

-- Resolves `.` and `..`; leading `..` stay where the path may leave its start.
local function normalized_names(path, separators, may_climb)
    local list = {}
    for _, name in names_of(path, separators) do
        if name == ".." then
            if #list > 0 and list[#list] ~= ".." then
                table.remove(list)
            elseif may_climb then
                table.insert(list, "..")
            end
        elseif name ~= "." then
            table.insert(list, name)
        end
    end
    return list
end

local function without_extension(base)
    local stem, extension = string.match(base, "^(.+)(%.[^.]*)$")
    if stem == nil or base == ".." then
        return base, ""
    end
    return stem, extension
end

local function format_parts(separator)
    return function(_, parts)
        if not js.is_object(parts) then
            js.type_error('The "pathObject" argument must be of type object. Received ' .. js.describe(parts))
        end
        local dir = parts.dir
        if dir == nil or dir == "" then
            dir = parts.root
        end
        local base = parts.base
        if base == nil or base == "" then
            local extension = parts.ext or ""
            if extension ~= "" and sub(extension, 1, 1) ~= "." then
                extension = "." .. extension
            end
            base = (parts.name or "") .. extension
        end
        if dir == nil or dir == "" then
            return base
        end
        return if dir == parts.root then dir .. base else dir .. separator .. base
    end
end

-- POSIX --------------------------------------------------------------------

local posix = js.new_object()

local function posix_normalize(path)
    if path == "" then
        return "."
    end
    local absolute = byte(path, 1) == 47
    local text = table.concat(normalized_names(path, "/", not absolute), "/")
    if text == "" then
        return if absolute then "/" elseif byte(path, -1) == 47 then "./" else "."
    end
    if byte(path, -1) == 47 then
        text ..= "/"
    end
    return if absolute then "/" .. text else text
end

local function posix_resolve(...)
    local path, absolute = "", false
    local n = select("#", ...)
    for i = n, 1, -1 do
        local part = check((select(i, ...)), "paths[" .. (i - 1) .. "]")
        if part ~= "" then
            path = if path == "" then part else part .. "/" .. path
            if byte(part, 1) == 47 then
                absolute = true
                break
            end
        end
    end
    if not absolute then
        path = native.cwd() .. "/" .. path
    end
    return "/" .. table.concat(normalized_names(path, "/", false), "/")
end

local function posix_dirname(path)
    local trimmed = string.match(path, "^(.-)/*$")
    if trimmed == "" then
        return if path == "" then "." else "/"
    end
    local dir = string.match(trimmed, "^(.*)/[^/]*$")
    if dir == nil then
        return "."
    end
    local stripped = string.match(dir, "^(.-)/*$")
    if stripped == "" then
        return if #dir == 1 and sub(path, 1, 2) == "//" then "//" else "/"
    end
    return stripped
end

local function cut_suffix(base, suffix)
    if suffix ~= nil then
        check(suffix, "suffix")
        if suffix ~= "" and suffix ~= base and sub(base, -#suffix) == suffix then
            return sub(base, 1, -#suffix - 1)
        end
    end
    return base
end

local function posix_basename(path, suffix)
    return cut_suffix(string.match(path, "([^/]*)/*$"), suffix)
end

local function common_prefix(from, to, same)
    local n = 0
    while n < #from and n < #to and same(from[n + 1], to[n + 1]) do
        n += 1
    end
    return n
end

local function relative_names(from, to, separator, same)
    local common = common_prefix(from, to, same)
    local list = {}
    for _ = common + 1, #from do
        table.insert(list, "..")
    end
    for i = common + 1, #to do
        table.insert(list, to[i])
    end
    return table.concat(list, separator)
end

local function joined(normalize, separator)
    return function(_, ...)
        local parts = {}
        for i = 1, select("#", ...) do
            local part = check((select(i, ...)), "path")
            if part ~= "" then
                table.insert(parts, part)
            end
        end
        return if #parts == 0 then "." else normalize(table.concat(parts, separator))
    end
end

js.define_value(posix, "sep", "/", "wec")
js.define_value(posix, "delimiter", ":", "wec")

local function add(target, list)
    for i = 1, #list, 3 do
        js.define_value(target, list[i], js.define_function(list[i], list[i + 1], list[i + 2]), "wec")
    end
end

add(posix, {
    "resolve", 0, function(_, ...)
        return posix_resolve(...)
    end,
    "normalize", 1, function(_, path)
        return posix_normalize(check(path, "path"))
    end,
    "isAbsolute", 1, function(_, path)
        return byte(check(path, "path"), 1) == 47
    end,
    "join", 0, joined(posix_normalize, "/"),
    "relative", 2, function(_, from, to)
        check(from, "from")
        check(to, "to")
        return relative_names(names_of(posix_resolve(from), "/"), names_of(posix_resolve(to), "/"), "/", function(a, b)
            return a == b
        end)
    end,
    "toNamespacedPath", 1, function(_, path)
        return path
    end,
    "dirname", 1, function(_, path)
        return posix_dirname(check(path, "path"))
    end,
    "basename", 2, function(_, path, suffix)
        return posix_basename(check(path, "path"), suffix)
    end,
    "extname", 1, function(_, path)
        local _, extension = without_extension(posix_basename(check(path, "path")))
        return extension
    end,
    "format", 1, format_parts("/"),
    "parse", 1, function(_, path)
        check(path, "path")
        local root = if byte(path, 1) == 47 then "/" else ""
        local base = posix_basename(path)
        local name, extension = without_extension(base)
        local dir = posix_dirname(path)
        if dir == "." and sub(path, 1, 1) ~= "." then
            dir = ""
        end
        return js.object({ root = root, dir = dir, base = base, ext = extension, name = name }, "root dir base ext name")
    end,
})

-- Windows --------------------------------------------------------------------

local win32 = js.new_object()

-- Device (`C:` or `\\server\share`), whether the path is rooted, and the rest.
local function win32_split(path)
    local server, share, rest = string.match(path, "^[/\\][/\\]([^/\\]+)[/\\]+([^/\\]+)(.*)$")
    if server then
        return "\\\\" .. server .. "\\" .. share, true, rest
    end
    local drive, tail = string.match(path, "^(%a:)(.*)$")
    if drive then
        return drive, find(tail, "^[/\\]") ~= nil, tail
    end
    return "", find(path, "^[/\\]") ~= nil, path
end

local function win32_normalize(path)
    if path == "" then
        return "."
    end
    local device, rooted, rest = win32_split(path)
    local text = table.concat(normalized_names(rest, "/\\", not rooted), "\\")
    if text == "" and not rooted then
        text = "."
    end
    if text ~= "" and find(rest, "[/\\]$") then
        text ..= "\\"
    end
    return device .. (if rooted then "\\" else "") .. text
end

local function win32_resolve(...)
    local device, path, rooted = "", "", false
    for i = select("#", ...), 0, -1 do
        local part
        if i >= 1 then
            part = check((select(i, ...)), "paths[" .. (i - 1) .. "]")
        else
            part = if device == "" then string.gsub(native.cwd(), "/", "\\") else device .. "\\"
        end
        if part ~= "" then
            local its_device, its_rooted, rest = win32_split(part)
            if its_device == "" or device == "" or lower(its_device) == lower(device) then
                if device == "" then
                    device = its_device
                end
                if not rooted then
                    path = rest .. "\\" .. path
                    rooted = its_rooted
                end
            end
        end
        if rooted and device ~= "" then
            break
        end
    end
    local text = table.concat(normalized_names(path, "/\\", not rooted), "\\")
    local result = device .. (if rooted then "\\" else "") .. text
    return if result == "" then "." else result
end

local function win32_basename(path, suffix)
    local _, _, rest = win32_split(path)
    return cut_suffix(string.match(rest, "([^/\\]*)[/\\]*$"), suffix)
end

local function win32_dirname(path)
    local device, rooted, rest = win32_split(path)
    local trimmed = string.match(rest, "^(.-)[/\\]*$")
    local dir = string.match(trimmed, "^(.*)[/\\][^/\\]*$")
    local root = device .. (if rooted then sub(rest, 1, 1) else "")
    if dir == nil then
        return if root == "" then "." else root
    end
    dir = string.match(dir, "^(.-)[/\\]*$")
    return if dir == "" then root else device .. dir
end

js.define_value(win32, "sep", "\\", "wec")
js.define_value(win32, "delimiter", ";", "wec")
add(win32, {
    "resolve", 0, function(_, ...)
        return win32_resolve(...)
    end,
    "normalize", 1, function(_, path)
        return win32_normalize(check(path, "path"))
    end,
    "isAbsolute", 1, function(_, path)
        local _, rooted = win32_split(check(path, "path"))
        return rooted
    end,
    "join", 0, joined(win32_normalize, "\\"),
    "relative", 2, function(_, from, to)
        local a, b = win32_resolve(check(from, "from")), win32_resolve(check(to, "to"))
        local from_names, to_names = names_of(a, "\\"), names_of(b, "\\")
        if #from_names == 0 or #to_names == 0 or lower(from_names[1]) ~= lower(to_names[1]) then
            return b
        end
        return relative_names(from_names, to_names, "\\", function(x, y)
            return lower(x) == lower(y)
        end)
    end,
    "toNamespacedPath", 1, function(_, path)
        return path
    end,
    "dirname", 1, function(_, path)
        return win32_dirname(check(path, "path"))
    end,
    "basename", 2, function(_, path, suffix)
        return win32_basename(check(path, "path"), suffix)
    end,
    "extname", 1, function(_, path)
        local _, extension = without_extension(win32_basename(check(path, "path")))
        return extension
    end,
    "format", 1, format_parts("\\"),
    "parse", 1, function(_, path)
        local device, rooted, rest = win32_split(check(path, "path"))
        local root = device .. (if rooted then sub(rest, 1, 1) else "")
        local base = win32_basename(path)
        local name, extension = without_extension(base)
        local dir = win32_dirname(path)
        if dir == "." and sub(path, 1, 1) ~= "." then
            dir = ""
        end
        return js.object({ root = root, dir = dir, base = base, ext = extension, name = name }, "root dir base ext name")
    end,
})

for _, flavour in { posix, win32 } do
    js.define_value(flavour, "posix", posix, "wec")
    js.define_value(flavour, "win32", win32, "wec")
end

return posix
