--! `url`: URL, URLSearchParams, fileURLToPath, pathToFileURL and the old parse/format/resolve.
local js, native = ...

local url = js.new_object()
local URL = js.global("URL")
js.define_value(url, "URL", URL, "wec")
js.define_value(url, "URLSearchParams", js.global("URLSearchParams"), "wec")

local function add(name, length, f)
    js.define_value(url, name, js.define_function(name, length, f), "wec")
end

add("fileURLToPath", 1, function(_, value)
    local parsed = if js.is_object(value) then value else js.new(URL, value)
    if parsed.protocol ~= "file:" then
        local e = js.make_error("TypeError", "The URL must be of scheme file")
        js.set(e, "code", "ERR_INVALID_URL_SCHEME")
        js.throw(e)
    end
    return js.global("decodeURIComponent")(nil, parsed.pathname)
end)
add("pathToFileURL", 1, function(_, path)
    local absolute = js.invoke(native.need_file("modules/path"), "resolve", path)
    local escaped = string.gsub(js.global("encodeURI")(nil, absolute), "[?#]", { ["?"] = "%3F", ["#"] = "%23" })
    return js.new(URL, "file://" .. escaped)
end)

local KEYS = "protocol slashes auth host port hostname hash search query pathname path href"
add("parse", 2, function(_, text, parse_query)
    text = js.str(text)
    local t = { protocol = null, slashes = null, auth = null, host = null, port = null, hostname = null, hash = null, search = null, query = null, pathname = null, path = null, href = text }
    local parts = native.url.parse(text)
    if parts then
        t.protocol, t.slashes, t.href = parts.protocol, string.find(text, "^%a[%w+.-]*://") ~= nil or null, parts.href
        t.auth = if parts.username ~= "" then parts.username .. (if parts.password ~= "" then ":" .. parts.password else "") else null
        t.host, t.hostname = parts.host, parts.hostname
        t.port = if parts.port ~= "" then parts.port else null
        t.hash = if parts.hash ~= "" then parts.hash else null
        t.search = if parts.search ~= "" then parts.search else null
        t.pathname = parts.pathname
    else
        local path, search, hash = string.match(text, "^([^?#]*)(%??[^#]*)(#?.*)$")
        t.pathname = if path ~= "" then path else null
        t.search = if search ~= "" then search else null
        t.hash = if hash ~= "" then hash else null
    end
    t.query = if t.search == null then null else string.sub(t.search, 2)
    if js.truthy(parse_query) then
        t.query = js.invoke(native.need_file("modules/querystring"), "parse", if t.query == null then "" else t.query)
    end
    local path_text = (if t.pathname == null then "" else t.pathname) .. (if t.search == null then "" else t.search)
    t.path = if path_text == "" then null else path_text
    return js.object(t, KEYS)
end)
add("format", 2, function(_, value)
    if type(value) == "string" then
        return value
    end
    local href = js.get(value, "href")
    if type(href) == "string" then
        return href
    end
    local function part(name)
        local v = js.get(value, name)
        return if v == nil or v == null then "" else js.str(v)
    end
    local protocol = part("protocol")
    if protocol ~= "" and string.sub(protocol, -1) ~= ":" then
        protocol ..= ":"
    end
    local host = part("host")
    if host == "" then
        host = part("hostname") .. (if part("port") ~= "" then ":" .. part("port") else "")
    end
    local search = part("search")
    if search ~= "" and string.sub(search, 1, 1) ~= "?" then
        search = "?" .. search
    end
    local slashes = if host ~= "" or js.truthy(js.get(value, "slashes")) then "//" else ""
    return protocol .. slashes .. (if part("auth") ~= "" then part("auth") .. "@" else "") .. host .. part("pathname") .. search .. part("hash")
end)
add("resolve", 2, function(_, from, to)
    local parts = native.url.parse(js.str(to), js.str(from))
    if parts then
        return parts.href
    end
    local resolved = native.url.parse(js.str(to), native.url.parse(js.str(from), "resolve://host/").href)
    return resolved.pathname .. resolved.search .. resolved.hash
end)

return url
