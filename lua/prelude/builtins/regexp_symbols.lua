--! RegExp.prototype[Symbol.match, matchAll, replace, search, split]: as specified, with short ways for unchanged RegExps.
--! Must not know engines or slots.
local js, native = ...

local R, view, symbols = js.regexp_helpers, js.string_view, js.symbols
local Proto = js.intrinsics.RegExpPrototype
local str, get, set, type_error = js.str, js.get, js.set_strict, js.type_error
local slice, length = view.slice, view.length
local type, find = type, string.find
local execute = R.engine.exec

-- AdvanceStringIndex.
local function advance(s, index, unicode)
    if not unicode then
        return index + 1
    end
    local _, width = view.code_point_at(s, index)
    return index + math.max(width, 1)
end

local function check_object(this, method)
    if not js.is_object(this) then
        type_error("RegExp.prototype." .. method .. " called on incompatible receiver " .. js.describe(this))
    end
end

-- Calls visit(start, stop, texts…) for every match of a plain global RegExp from its beginning; lastIndex ends at 0.
local function each_match(this, s, visit)
    local handle, flags = R.parts(this)
    local unicode = find(flags, "[uv]") ~= nil
    local sticky = find(flags, "y", 1, true) ~= nil
    local at, n = 0, length(s)
    local function step(start, stop, ...)
        if start == nil then
            return nil
        end
        visit(start, stop, ...)
        return if stop == start then advance(s, stop, unicode) else stop
    end
    while at ~= nil and at <= n do
        at = step(execute(handle, s, at, sticky))
    end
    set(this, "lastIndex", 0)
end

local function match(this, text)
    check_object(this, "@@match")
    local s = str(text)
    local flags = str(get(this, "flags"))
    if not find(flags, "g", 1, true) then
        return R.exec(this, s)
    end
    local list, count = {}, 0
    if R.is_plain(this) then
        each_match(this, s, function(_, _, matched)
            list[count] = matched
            count += 1
        end)
    else
        local unicode = find(flags, "[uv]") ~= nil
        set(this, "lastIndex", 0)
        while true do
            local result = R.exec(this, s)
            if result == null then
                break
            end
            local matched = str(get(result, 0))
            list[count] = matched
            count += 1
            if matched == "" then
                set(this, "lastIndex", advance(s, js.to_length(get(this, "lastIndex")), unicode))
            end
        end
    end
    return if count == 0 then null else js.array_from0(list, count)
end

local string_iterator = js.define_iterator_prototype("RegExp String Iterator")

local function match_all(this, text)
    check_object(this, "@@matchAll")
    local s = str(text)
    local C = js.species(this, js.get(Proto, "constructor"))
    local flags = str(get(this, "flags"))
    local matcher = js.new(C, this, flags)
    set(matcher, "lastIndex", js.to_length(get(this, "lastIndex")))
    local global = find(flags, "g", 1, true) ~= nil
    local unicode = find(flags, "[uv]") ~= nil
    local done = false
    return js.make_iterator(string_iterator, function()
        if done then
            return false
        end
        local result = R.exec(matcher, s)
        if result == null then
            done = true
            return false
        end
        if not global then
            done = true
        elseif str(get(result, 0)) == "" then
            set(matcher, "lastIndex", advance(s, js.to_length(get(matcher, "lastIndex")), unicode))
        end
        return true, result
    end)
end

-- A plain RegExp's replacement without result objects.
local function replace_plain(this, s, replacement, callable)
    local handle, flags = R.parts(this)
    local names = R.group_names(handle)
    local parts, done = {}, 0
    local function visit(start, stop, matched, ...)
        local n = select("#", ...)
        local captures = { ... }
        local named = if names then R.groups_object(names, captures) else nil
        local new
        if not callable then
            new = js.substitute(matched, s, start, captures, n, named, replacement)
        elseif names then
            captures[n + 1], captures[n + 2], captures[n + 3] = start, s, named
            new = str(replacement(nil, matched, table.unpack(captures, 1, n + 3)))
        else
            captures[n + 1], captures[n + 2] = start, s
            new = str(replacement(nil, matched, table.unpack(captures, 1, n + 2)))
        end
        table.insert(parts, slice(s, done, start))
        table.insert(parts, new)
        done = stop
    end
    if find(flags, "g", 1, true) then
        each_match(this, s, visit)
    else
        local function one(start, ...)
            if start ~= nil then
                visit(start, ...)
            end
        end
        one(execute(handle, s, 0, false))
    end
    if done == 0 and #parts == 0 then
        return s
    end
    table.insert(parts, slice(s, done, length(s)))
    return table.concat(parts)
end

local function collect_results(this, s, flags)
    local results = {}
    local global = find(flags, "g", 1, true) ~= nil
    local unicode = find(flags, "[uv]") ~= nil
    if global then
        set(this, "lastIndex", 0)
    end
    while true do
        local result = R.exec(this, s)
        if result == null then
            return results
        end
        table.insert(results, result)
        if not global then
            return results
        end
        if str(get(result, 0)) == "" then
            set(this, "lastIndex", advance(s, js.to_length(get(this, "lastIndex")), unicode))
        end
    end
end

local function replace_generic(this, s, replacement, callable, flags)
    local parts, done, n = {}, 0, length(s)
    for _, result in collect_results(this, s, flags) do
        local count = math.max(js.length_of(result) - 1, 0)
        local matched = str(get(result, 0))
        local position = math.clamp(js.to_integer(get(result, "index")), 0, n)
        local captures = {}
        for i = 1, count do
            local capture = get(result, i)
            captures[i] = if capture == nil then nil else str(capture)
        end
        local named = get(result, "groups")
        local new
        if callable then
            local last = count + 2
            captures[count + 1], captures[count + 2] = position, s
            if named ~= nil then
                last = count + 3
                captures[last] = named
            end
            new = str(replacement(nil, matched, table.unpack(captures, 1, last)))
        else
            new = js.substitute(matched, s, position, captures, count, if named == nil then nil else js.to_object(named), replacement)
        end
        if position >= done then
            table.insert(parts, slice(s, done, position))
            table.insert(parts, new)
            done = position + length(matched)
        end
    end
    if done >= n then
        return table.concat(parts)
    end
    table.insert(parts, slice(s, done, n))
    return table.concat(parts)
end

local function replace(this, text, replacement)
    check_object(this, "@@replace")
    local s = str(text)
    local callable = type(replacement) == "function"
    if not callable then
        replacement = str(replacement)
    end
    if R.is_plain(this) then
        local _, flags = R.parts(this)
        if not find(flags, "y", 1, true) then
            return replace_plain(this, s, replacement, callable)
        end
    end
    local flags = str(get(this, "flags"))
    return replace_generic(this, s, replacement, callable, flags)
end

local function search(this, text)
    check_object(this, "@@search")
    local s = str(text)
    local previous = get(this, "lastIndex")
    if not js.same_value(previous, 0) then
        set(this, "lastIndex", 0)
    end
    local result = R.exec(this, s)
    local current = get(this, "lastIndex")
    if not js.same_value(current, previous) then
        set(this, "lastIndex", previous)
    end
    return if result == null then -1 else get(result, "index")
end

local function split_plain(this, s, most)
    local handle, flags = R.parts(this)
    local unicode = find(flags, "[uv]") ~= nil
    local list, count, n = {}, 0, length(s)
    local piece, at = 0, 0
    local full = false
    local function add(v)
        list[count] = v
        count += 1
        full = count >= most
    end
    local function step(start, stop, _, ...)
        if start == nil or start >= n then
            return nil
        elseif stop == start and (stop == piece or stop > n) then
            return advance(s, start, unicode)
        end
        add(slice(s, piece, start))
        for i = 1, select("#", ...) do
            if full then
                return nil
            end
            add((select(i, ...)))
        end
        piece = stop
        return if stop == start then advance(s, stop, unicode) else stop
    end
    if n == 0 then
        if execute(handle, s, 0, false) == nil then
            add(s)
        end
        return js.array_from0(list, count)
    end
    while at ~= nil and at < n and not full do
        at = step(execute(handle, s, at, false))
    end
    if not full then
        add(slice(s, piece, n))
    end
    return js.array_from0(list, count)
end

local function split(this, text, limit)
    check_object(this, "@@split")
    local s = str(text)
    local C = js.species(this, js.get(Proto, "constructor"))
    local flags = str(get(this, "flags"))
    local unicode = find(flags, "[uv]") ~= nil
    if C == js.get(Proto, "constructor") and R.is_plain(this) and not find(flags, "y", 1, true) then
        local most = if limit == nil then 4294967295 else js.to_uint32(limit)
        return if most == 0 then js.array() else split_plain(this, s, most)
    end
    local splitter = js.new(C, this, if find(flags, "y", 1, true) then flags else flags .. "y")
    local most = if limit == nil then 4294967295 else js.to_uint32(limit)
    local list, count, n = {}, 0, length(s)
    if most == 0 then
        return js.array()
    end
    if n == 0 then
        if R.exec(splitter, s) == null then
            return js.array(s)
        end
        return js.array()
    end
    local piece, at = 0, 0
    while at < n do
        set(splitter, "lastIndex", at)
        local result = R.exec(splitter, s)
        local stop = if result == null then piece else math.min(js.to_length(get(splitter, "lastIndex")), n)
        if result == null or stop == piece then
            at = advance(s, at, unicode)
        else
            list[count] = slice(s, piece, at)
            count += 1
            if count == most then
                return js.array_from0(list, count)
            end
            piece = stop
            for i = 1, math.max(js.length_of(result) - 1, 0) do
                list[count] = get(result, i)
                count += 1
                if count == most then
                    return js.array_from0(list, count)
                end
            end
            at = piece
        end
    end
    list[count] = slice(s, piece, n)
    return js.array_from0(list, count + 1)
end

js.define_methods(Proto, {
    symbols.match, 1, match,
    symbols.matchAll, 1, match_all,
    symbols.replace, 2, replace,
    symbols.search, 1, search,
    symbols.split, 2, split,
})
