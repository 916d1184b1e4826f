--! String methods that take a pattern: match, matchAll, replace, replaceAll, search, split.
--! Patterns decide themselves through their symbol methods; here is what happens for plain texts. Must not know RegExp's insides.
local js, native = ...

local view, symbols = js.string_view, js.symbols
local this_string = js.string_helpers.this_string
local Proto = js.intrinsics.StringPrototype
local str, slice, length, type_error = js.str, view.slice, view.length, js.type_error
local type, sub, find = type, string.sub, string.find

local function check_this(this, method)
    if this == nil or this == null then
        type_error("String.prototype." .. method .. " called on null or undefined")
    end
end

-- GetSubstitution: `$$ $& $` $' $n $nn $<name>` in a replacement. `captures` is 1-based with n groups.
function js.substitute(matched, s, position, captures, n, named, template)
    if not find(template, "$", 1, true) then
        return template
    end
    local parts, at = {}, 1
    while true do
        local dollar = find(template, "$", at, true)
        if not dollar then
            table.insert(parts, sub(template, at))
            return table.concat(parts)
        end
        table.insert(parts, sub(template, at, dollar - 1))
        local mark = sub(template, dollar + 1, dollar + 1)
        at = dollar + 2
        if mark == "$" then
            table.insert(parts, "$")
        elseif mark == "&" then
            table.insert(parts, matched)
        elseif mark == "`" then
            table.insert(parts, slice(s, 0, position))
        elseif mark == "'" then
            local stop = math.min(position + length(matched), length(s))
            table.insert(parts, slice(s, stop, length(s)))
        elseif mark == "<" and named ~= nil then
            local close = find(template, ">", at, true)
            if close then
                local capture = js.get(named, js.key(sub(template, at, close - 1)))
                if capture ~= nil then
                    table.insert(parts, str(capture))
                end
                at = close + 1
            else
                table.insert(parts, "$<")
            end
        else
            local digits = string.match(template, "^%d%d?", dollar + 1)
            local number = tonumber(digits)
            if number and #digits == 2 and (number > n or number == 0) then
                digits = sub(digits, 1, 1)
                number = tonumber(digits)
            end
            if number and number >= 1 and number <= n then
                local capture = captures[number]
                if capture ~= nil then
                    table.insert(parts, capture)
                end
                at = dollar + 1 + #digits
            else
                table.insert(parts, "$")
                at = dollar + 1
            end
        end
    end
end

-- Calls the pattern's own method if it has one; answers whether it did.
local function delegate(pattern, symbol, this, ...)
    if js.is_object(pattern) then
        local method = js.get_method(pattern, symbol)
        if method ~= nil then
            return true, method(pattern, this, ...)
        end
    end
    return false
end

local function require_global(pattern, method)
    if js.is_object(pattern) then
        local matcher = js.get(pattern, symbols.match)
        local is_pattern = if matcher ~= nil then js.truthy(matcher) else js.is_regexp and js.is_regexp(pattern)
        if is_pattern then
            local flags = js.get(pattern, "flags")
            js.require_object(flags)
            if not find(str(flags), "g", 1, true) then
                type_error("String.prototype." .. method .. " called with a non-global RegExp argument")
            end
        end
    end
end

local function replace_text(this, method, pattern, replacement, all)
    local s = this_string(this, method)
    local wanted = str(pattern)
    local callable = type(replacement) == "function"
    if not callable then
        replacement = str(replacement)
    end
    local parts, done, n = {}, 0, length(s)
    local step = math.max(length(wanted), 1)
    local at = view.find(s, wanted, 0)
    while at do
        local new = if callable
            then str(replacement(nil, wanted, at, s))
            else js.substitute(wanted, s, at, {}, 0, nil, replacement)
        table.insert(parts, slice(s, done, at))
        table.insert(parts, new)
        done = at + length(wanted)
        if not all or at + step > n then
            break
        end
        at = view.find(s, wanted, at + step)
    end
    table.insert(parts, slice(s, done, n))
    return table.concat(parts)
end

local function by_pattern(method, symbol, flags)
    return function(this, pattern)
        check_this(this, method)
        if method == "matchAll" and pattern ~= nil and pattern ~= null then
            require_global(pattern, method)
        end
        local done, result = delegate(pattern, symbol, this)
        if done then
            return result
        end
        local s = str(this)
        local regexp = js.new_regexp(pattern, flags)
        return js.invoke(regexp, symbol, s)
    end
end

local function split(this, separator, limit)
    check_this(this, "split")
    local done, result = delegate(separator, symbols.split, this, limit)
    if done then
        return result
    end
    local s = str(this)
    local most = if limit == nil then 4294967295 else js.to_uint32(limit)
    local mark = str(separator)
    if most == 0 then
        return js.array()
    elseif separator == nil then
        return js.array(s)
    end
    local list, count, n = {}, 0, length(s)
    local width = length(mark)
    if width == 0 then
        local m = math.min(n, most)
        for i = 0, m - 1 do
            list[i] = slice(s, i, i + 1)
        end
        return js.array_from0(list, m)
    end
    -- Byte positions serve as well as units here; only the pieces matter.
    local at = 1
    while true do
        local hit = find(s, mark, at, true)
        if hit and view.has_lone(mark) then
            local unit = view.find(s, mark, view.unit_of(s, at - 1))
            hit = unit and view.byte_of(s, unit) + 1
        end
        if not hit then
            break
        end
        list[count] = sub(s, at, hit - 1)
        count += 1
        if count >= most then
            return js.array_from0(list, count)
        end
        at = hit + #mark
    end
    list[count] = sub(s, at)
    return js.array_from0(list, count + 1)
end

js.define_methods(Proto, {
    "match", 1, by_pattern("match", symbols.match, nil),
    "matchAll", 1, by_pattern("matchAll", symbols.matchAll, "g"),
    "search", 1, by_pattern("search", symbols.search, nil),
    "replace", 2, function(this, pattern, replacement)
        check_this(this, "replace")
        local done, result = delegate(pattern, symbols.replace, this, replacement)
        if done then
            return result
        end
        return replace_text(this, "replace", pattern, replacement, false)
    end,
    "replaceAll", 2, function(this, pattern, replacement)
        check_this(this, "replaceAll")
        if pattern ~= nil and pattern ~= null then
            require_global(pattern, "replaceAll")
        end
        local done, result = delegate(pattern, symbols.replace, this, replacement)
        if done then
            return result
        end
        return replace_text(this, "replaceAll", pattern, replacement, true)
    end,
    "split", 2, split,
})
