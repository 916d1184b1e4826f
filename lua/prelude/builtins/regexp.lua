--! RegExp: constructor, exec, test, accessors and literals. The engine is `native.regexp`; the Symbol methods are in regexp_symbols.lua.
--! Must not know engines: a handle matches from an index and answers start, end and the texts of the groups.
local js, native = ...

native.need("string")
local engine = native.regexp
local view, symbols = js.string_view, js.symbols
local Proto = js.intrinsics.RegExpPrototype
local str, get, set, type_error = js.str, js.get, js.set_strict, js.type_error
local type, rawget, rawset, getmetatable, find, gsub = type, rawget, rawset, getmetatable, string.find, string.gsub
local compile, execute = engine.compile, engine.exec

local HANDLE, SOURCE, FLAGS, GROUPS = js.slot("RegExpMatcher"), js.slot("OriginalSource"), js.slot("OriginalFlags"), js.slot("GroupNames")

local R = {} -- shared with regexp_symbols.lua
js.regexp_helpers = R

local RegExp

local function is_regexp_object(x)
    return type(x) == "table" and rawget(x, HANDLE) ~= nil
end
js.is_regexp = is_regexp_object
R.is_regexp = is_regexp_object

-- IsRegExp: the `match` symbol decides.
local function looks_like_pattern(x)
    if not js.is_object(x) then
        return false
    end
    local matcher = get(x, symbols.match)
    if matcher ~= nil then
        return js.truthy(matcher)
    end
    return is_regexp_object(x)
end

local function allocate(new_target)
    local o = js.create_from_constructor(new_target, "RegExpPrototype")
    js.define_value(o, "lastIndex", 0, "w")
    return o
end

local names_of = setmetatable({}, { __mode = "k" }) -- handle → list of { name, numbers } or false

local function group_names(handle)
    local known = names_of[handle]
    if known == nil then
        local _, flat = engine.groups(handle)
        known = false
        if flat then
            local by_name, list = {}, {}
            for i = 1, #flat, 2 do
                local entry = by_name[flat[i]]
                if not entry then
                    entry = { name = js.key(flat[i]), numbers = {} }
                    by_name[flat[i]] = entry
                    table.insert(list, entry)
                end
                table.insert(entry.numbers, flat[i + 1])
            end
            known = list
        end
        names_of[handle] = known
    end
    return known
end

local function initialize(o, source, flags)
    local handle, message = compile(source, flags)
    if handle == nil then
        js.syntax_error(message)
    end
    rawset(o, HANDLE, handle)
    rawset(o, SOURCE, source)
    rawset(o, FLAGS, flags)
    return o
end

local literal_shape -- shape of a fresh RegExp: nothing about it was changed

-- A literal `/source/flags`.
function js.regexp(source, flags)
    local o
    if literal_shape then
        o = setmetatable({ lastIndex = 0 }, literal_shape)
    else
        o = allocate(RegExp)
        local s = getmetatable(o)
        if not s.dict then
            literal_shape = s
            R.literal_shape = s
        end
    end
    return initialize(o, source, flags or "")
end

-- RegExpCreate.
function js.new_regexp(pattern, flags)
    return js.regexp(if pattern == nil then "" else str(pattern), if flags == nil then "" else str(flags))
end

RegExp = js.define_constructor("RegExp", 2, function(new_target, pattern, flags)
    local source, letters
    if is_regexp_object(pattern) then
        source = rawget(pattern, SOURCE)
        letters = if flags == nil then rawget(pattern, FLAGS) else flags
    elseif looks_like_pattern(pattern) then
        source = get(pattern, "source")
        letters = if flags == nil then get(pattern, "flags") else flags
    else
        source, letters = pattern, flags
    end
    local o = allocate(new_target)
    return initialize(o, if source == nil then "" else str(source), if letters == nil then "" else str(letters))
end, function(_, pattern, flags)
    if flags == nil and looks_like_pattern(pattern) and get(pattern, "constructor") == RegExp then
        return pattern
    end
    return js.new(RegExp, pattern, flags)
end, Proto)
js.define_accessor(RegExp, symbols.species, function(this)
    return this
end)

local function groups_object(names, captures)
    local groups = js.new_object(null)
    for _, entry in names do
        local value
        for _, number in entry.numbers do
            if captures[number] ~= nil then
                value = captures[number]
            end
        end
        js.create_data(groups, entry.name, value)
    end
    return groups
end

-- The array of `indices` (flag d).
local function make_indices(handle, s, from, names)
    local flat = engine.indices(handle, s, from)
    local list = {}
    for i = 1, #flat, 2 do
        list[(i - 1) / 2] = if flat[i] then js.array(flat[i], flat[i + 1]) else nil
    end
    local indices = js.array_from0(list, #flat / 2)
    js.create_data(indices, "groups", if names then groups_object(names, list) else nil)
    return indices
end

local function build(this, s, start, stop, ...)
    local n = select("#", ...)
    local list = { ... }
    local result = { length = n }
    for i = 1, n do
        result[i - 1] = list[i]
    end
    result = js.array_from0(result, n)
    local handle = rawget(this, HANDLE)
    local names = group_names(handle)
    js.create_data(result, "index", start)
    js.create_data(result, "input", s)
    js.create_data(result, "groups", if names then groups_object(names, result) else nil)
    if find(rawget(this, FLAGS), "d", 1, true) then
        js.create_data(result, "indices", make_indices(handle, s, start, names))
    end
    return result
end

-- The engine's answer at lastIndex, which is kept as specified: nothing, or start, stop and the texts.
local function run(this, s)
    local last = js.to_length(get(this, "lastIndex"))
    local flags = rawget(this, FLAGS)
    local global, sticky = find(flags, "g", 1, true), find(flags, "y", 1, true)
    if not global and not sticky then
        return execute(rawget(this, HANDLE), s, 0, false)
    end
    return R.advance(this, s, last, sticky ~= nil)
end

local function remember(this, start, stop, ...)
    if start == nil then
        set(this, "lastIndex", 0)
        return nil
    end
    set(this, "lastIndex", stop)
    return start, stop, ...
end

function R.advance(this, s, last, sticky)
    if last > #s or last > view.length(s) then
        set(this, "lastIndex", 0)
        return nil
    end
    return remember(this, execute(rawget(this, HANDLE), s, last, sticky))
end

local function finish(this, s, start, stop, ...)
    if start == nil then
        return null
    end
    return build(this, s, start, stop, ...)
end

local function builtin_exec(this, s)
    return finish(this, s, run(this, s))
end

local function require_regexp(this, method)
    if not is_regexp_object(this) then
        type_error("Method RegExp.prototype." .. method .. " called on incompatible receiver " .. js.describe(this))
    end
end

local exec_method

-- RegExpExec: a script's own `exec` wins.
function R.exec(this, s)
    local exec = get(this, "exec")
    if exec == exec_method and is_regexp_object(this) then
        return builtin_exec(this, s)
    elseif type(exec) == "function" then
        local result = exec(this, s)
        if result ~= null and not js.is_object(result) then
            type_error(js.describe(result) .. " is not an object or null")
        end
        return result
    end
    require_regexp(this, "exec")
    return builtin_exec(this, s)
end

local source_names = { ["\n"] = "\\n", ["\r"] = "\\r" }

local function escaped_source(source)
    if source == "" then
        return "(?:)"
    elseif not find(source, "[/\n\r\226]") then
        return source
    end
    local out, in_class, i, n = {}, false, 1, #source
    while i <= n do
        local c = string.sub(source, i, i)
        if c == "\\" and i < n then
            local follower = string.sub(source, i + 1, i + 1)
            c = if source_names[follower] then source_names[follower] else c .. follower
            i += 1
        elseif c == "[" then
            in_class = true
        elseif c == "]" then
            in_class = false
        elseif c == "/" and not in_class then
            c = "\\/"
        else
            c = source_names[c] or c
        end
        table.insert(out, c)
        i += 1
    end
    local text = table.concat(out)
    return (gsub(gsub(text, "\226\128\168", "\\u2028"), "\226\128\169", "\\u2029"))
end

local FLAG_NAMES = { { "hasIndices", "d" }, { "global", "g" }, { "ignoreCase", "i" }, { "multiline", "m" }, { "dotAll", "s" }, { "unicode", "u" }, { "unicodeSets", "v" }, { "sticky", "y" } }

for _, entry in FLAG_NAMES do
    local name, letter = entry[1], entry[2]
    js.define_accessor(Proto, name, function(this)
        if not is_regexp_object(this) then
            if this == Proto then
                return nil
            end
            type_error("RegExp.prototype." .. name .. " getter called on non-RegExp object")
        end
        return find(rawget(this, FLAGS), letter, 1, true) ~= nil
    end)
end

js.define_accessor(Proto, "flags", function(this)
    if not js.is_object(this) then
        type_error("RegExp.prototype.flags getter called on non-object " .. js.describe(this))
    end
    local letters = ""
    for _, entry in FLAG_NAMES do
        if js.truthy(get(this, entry[1])) then
            letters ..= entry[2]
        end
    end
    return letters
end)

js.define_accessor(Proto, "source", function(this)
    if not is_regexp_object(this) then
        if this == Proto then
            return "(?:)"
        end
        type_error("RegExp.prototype.source getter called on non-RegExp object " .. js.describe(this))
    end
    return escaped_source(rawget(this, SOURCE))
end)

-- Nothing about this RegExp, `exec` or `flags` was changed by the script: short ways are allowed.
local special_of_proto
function R.is_plain(this)
    if literal_shape == nil or getmetatable(this) ~= literal_shape or rawget(this, HANDLE) == nil then
        return false
    end
    local own = getmetatable(Proto).special
    return rawget(Proto, "exec") == exec_method and own ~= nil and own.flags ~= nil and own.flags.get == special_of_proto
end

function R.parts(this)
    return rawget(this, HANDLE), rawget(this, FLAGS), rawget(this, SOURCE)
end
R.group_names, R.groups_object, R.engine = group_names, groups_object, engine

js.define_methods(Proto, {
    "exec", 1, function(this, text)
        require_regexp(this, "exec")
        return builtin_exec(this, str(text))
    end,
    "test", 1, function(this, text)
        if not js.is_object(this) then
            type_error("Method RegExp.prototype.test called on incompatible receiver " .. js.describe(this))
        end
        local s = str(text)
        if R.is_plain(this) then
            local flags = rawget(this, FLAGS)
            if not find(flags, "[gy]") then
                return engine.is_match(rawget(this, HANDLE), s)
            end
            return run(this, s) ~= nil
        end
        return R.exec(this, s) ~= null
    end,
    "toString", 0, function(this)
        if not js.is_object(this) then
            type_error("Method RegExp.prototype.toString called on incompatible receiver " .. js.describe(this))
        end
        return "/" .. str(get(this, "source")) .. "/" .. str(get(this, "flags"))
    end,
    "compile", 2, function(this, pattern, flags)
        require_regexp(this, "compile")
        local source, letters = pattern, flags
        if is_regexp_object(pattern) then
            if flags ~= nil then
                type_error("Invalid flags supplied to RegExp constructor")
            end
            source, letters = rawget(pattern, SOURCE), rawget(pattern, FLAGS)
        end
        initialize(this, if source == nil then "" else str(source), if letters == nil then "" else str(letters))
        set(this, "lastIndex", 0)
        return this
    end,
})
exec_method = js.get(Proto, "exec")
local flags_property = js.get_own(Proto, "flags")
special_of_proto = flags_property.get

js.data_readers = js.data_readers or {}
table.insert(js.data_readers, function(o)
    if rawget(o, HANDLE) ~= nil then
        return "regexp", rawget(o, SOURCE), rawget(o, FLAGS)
    end
    return nil
end)

js.define_global("RegExp", RegExp)
native.need("regexp_symbols")
