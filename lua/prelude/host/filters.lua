--! Helpers of our additions to the template language: `value | filter(…)`, `env.{{platform}}_PATH`, `gpu.compute`.
--! Must not know templates: `lua/template` writes calls of these names.
local js, native = ...

local null = native.null

local function define(name, f)
    js.define_global("$pino_" .. name, js.arrow(f))
end

local function text(value)
    return if value == nil or value == null then "" else js.str(value)
end

local function method(name, filter)
    define(filter or name, function(_, value, ...)
        return (js.invoke(value, name, ...))
    end)
end

method("replace")
method("match")
method("split")
method("join")
method("toUpperCase", "upper")
method("toLowerCase", "lower")
method("trim")

define("default", function(_, value, other)
    return if value == nil or value == null or value == "" then other else value
end)
define("first", function(_, value)
    return js.get(value, 0)
end)
define("last", function(_, value)
    return js.get(value, js.key(js.length_of(value) - 1))
end)
define("json", function(_, value)
    return js.json_stringify(value, 0)
end)
define("basename", function(_, value)
    return (string.match(string.gsub(text(value), "[/\\]+$", ""), "[^/\\]*$"))
end)
define("dirname", function(_, value)
    return string.match(string.gsub(text(value), "[/\\]+$", ""), "^(.+)[/\\][^/\\]*$") or "."
end)

-- The key `env.{{platform}}_PATH` means: letters, digits, `_` and `$` only.
define("key", function(_, ...)
    local parts = {}
    for i = 1, select("#", ...) do
        parts[i] = text((select(i, ...)))
    end
    local key = table.concat(parts)
    if not string.find(key, "^[%w_$]+$") then
        js.type_error("a name made by {{…}} inside an expression may have letters, digits, _ and $ only, not " .. key)
    end
    return js.key(key)
end)

-- "sm_89" → 8.9
define("compute", function(_, target)
    local major, minor = string.match(text(target), "^sm_(%d+)(%d)%a*$")
    return if major then tonumber(major .. "." .. minor) else nil
end)
