--! Reduces a JavaScript value to JSON text with sorted keys, for `pino eval` and `pino eval-expr`: what JSON has no form for
--! becomes an object with one `$` member. Must not know where the value comes from.
local js, native = ...

local null = native.null
local DEEPEST = 150

local function escape(c)
    local named = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\b"] = "\\b", ["\f"] = "\\f" }
    return named[c] or string.format("\\u%04x", string.byte(c))
end

local function surrogate(c)
    local _, b2, b3 = string.byte(c, 1, 3)
    return string.format("\\u%04x", 0xD000 + bit32.band(b2, 0x3F) * 64 + bit32.band(b3, 0x3F))
end

local function quote(s)
    if string.find(s, '[%c"\\\127]') then
        s = string.gsub(s, '[%z\1-\31"\\]', escape)
    end
    if string.find(s, "\237[\160-\191]") then
        s = string.gsub(s, "\237[\160-\191][\128-\191]", surrogate)
    end
    return '"' .. s .. '"'
end

local function tag_of(v)
    return js.get(js.intrinsics.ObjectPrototype, "toString")(v)
end

local function sorted_names(names)
    table.sort(names)
    return names
end

local function quoted_list(names)
    local out = {}
    for i, name in names do
        out[i] = quote(name)
    end
    return "[" .. table.concat(out, ",") .. "]"
end

-- Own property names of a class's prototype.
local function method_names(proto)
    local names = {}
    local keys, n = js.own_keys(proto)
    for i = 1, n do
        local name = js.key_value(keys[i])
        if type(name) == "string" and name ~= "constructor" then
            table.insert(names, name)
        end
    end
    return sorted_names(names)
end

local reduce -- below

local function reduce_function(v, classes)
    if classes and js.is_class and js.is_class(v) then
        local name = js.get(v, "name")
        return `\{"$class":{quote(js.str(name))},"methods":{quoted_list(method_names(js.get(v, "prototype")))}}`
    end
    return `\{"$function":{js.number_to_string(js.get(v, "length"))}}`
end

local function reduce_list(list, n, seen, wait)
    local out = {}
    for i = 1, n do
        out[i] = reduce(list[i], seen, wait, true)
    end
    return "[" .. table.concat(out, ",") .. "]"
end

local function iterated(v, seen, wait)
    local list, n = {}, 0
    for _, item in js.of(v) do
        n += 1
        list[n] = item
    end
    return reduce_list(list, n, seen, wait)
end

local function reduce_members(v, seen, wait, tag)
    local members = {}
    local keys, n = js.enumerable_own(v)
    for i = 1, n do
        local value = js.get(v, keys[i])
        if value ~= nil then
            members[js.key_value(keys[i])] = reduce(value, seen, wait)
        end
    end
    if wait then
        local proto = js.get_proto(v)
        local constructor = if proto ~= null then js.get(proto, "constructor") else nil
        if js.truthy(constructor) then
            local name = js.get(constructor, "name")
            if type(name) == "string" and name ~= "" and name ~= "Object" and tag ~= "[object Module]" and tag ~= "[object Error]" then
                local methods = method_names(proto)
                if #methods > 0 then
                    members["$methods"] = quoted_list(methods)
                end
            end
        end
        if tag == "[object Error]" then
            members.message = reduce(js.get(v, "message"), seen, wait)
        end
    end
    local names, out = {}, {}
    for name in members do
        table.insert(names, name)
    end
    for i, name in sorted_names(names) do
        out[i] = quote(name) .. ":" .. members[name]
    end
    return "{" .. table.concat(out, ",") .. "}"
end

local function reduce_object(v, seen, wait)
    for _, open in seen do
        if open == v then
            return '{"$cycle":true}'
        end
    end
    if #seen > DEEPEST then
        js.range_error("the value is nested too deeply")
    end
    local inner = table.clone(seen)
    table.insert(inner, v)
    if type(js.get(v, "then")) == "function" then
        if not wait then
            return '{"$promise":null}'
        end
        return '{"$promise":' .. reduce(js.await(v), seen, wait) .. "}"
    end
    local tag = tag_of(v)
    if tag == "[object RegExp]" then
        return `\{"$regexp":{quote(js.str(v))}}`
    elseif tag == "[object Date]" then
        local ms = js.num(v)
        return if ms ~= ms then '{"$date":null}' else `\{"$date":{quote(js.invoke(v, "toISOString"))}}`
    elseif js.is_array(v) then
        local list, n = js.array_like(v)
        return reduce_list(list, n, inner, wait)
    elseif wait and tag == "[object Map]" then
        return '{"$map":' .. iterated(v, inner, wait) .. "}"
    elseif wait and tag == "[object Set]" then
        return '{"$set":' .. iterated(v, inner, wait) .. "}"
    elseif js.data_of(v) == "buffer" then
        return `\{"$buffer":{quote(js.invoke(v, "toString", "base64"))}}`
    elseif not wait and tag == "[object URL]" then
        return `\{"$url":{quote(js.str(js.get(v, "href")))}}`
    end
    return reduce_members(v, inner, wait, tag)
end

-- JSON text of `v`. `wait`: promises are waited for, classes and instances told (only inside an async function).
-- In an array (`listed`), undefined is null.
function reduce(v, seen, wait, listed)
    local kind = type(v)
    if v == null or (v == nil and listed) then
        return "null"
    elseif kind == "nil" then
        return '{"$undefined":true}'
    elseif kind == "string" then
        return quote(v)
    elseif kind == "boolean" then
        return if v then "true" else "false"
    elseif kind == "number" then
        if v ~= v or v == math.huge or v == -math.huge then
            return `\{"$number":{quote(js.number_to_string(v))}}`
        end
        return js.number_to_string(v)
    elseif kind == "function" then
        return reduce_function(v, wait)
    elseif js.is_symbol(v) then
        return `\{"$symbol":{quote("Symbol(" .. (v.description or "") .. ")")}}`
    elseif js.is_bigint(v) then
        return `\{"$bigint":{quote(js.str(v))}}`
    end
    return reduce_object(v, seen, wait)
end

return function(v, wait)
    return reduce(v, {}, wait, false)
end
