--! Renders values with templates: author text is taken apart once, then rendered in many scopes (spec 20).
--! Must not know steps. `parts_of(text)` comes from the engine: a text without expressions, or a list of texts and expressions
--! `{ run = function of the scope or nil, source = as written, reason = why it does not compile, from_self = mentions self }`.
local js, native = ...

local null = native.null
local protect = js.protect
local TEXT, WHOLE, MIXED, ARRAY, OBJECT, VALUE = 1, 2, 3, 4, 5, 6
local DEEPEST = 200

-- Names that templates see and scripts do not.
native.add_lazy_globals({ "_", "os", "path" }, "host/template_globals")
native.add_lazy_globals({
    "$pino_replace", "$pino_match", "$pino_split", "$pino_join", "$pino_upper", "$pino_lower", "$pino_trim", "$pino_default", "$pino_first",
    "$pino_last", "$pino_json", "$pino_basename", "$pino_dirname", "$pino_key", "$pino_compute",
}, "host/filters")

return function(parts_of)
    local by_text = setmetatable({}, { __mode = "v" }) -- nodes of texts: equal texts share one

    local compile, render -- below

    local function text_node(text)
        local node = by_text[text]
        if node then
            return node
        end
        local parts = parts_of(text)
        if type(parts) == "string" then
            node = { kind = TEXT, value = parts, plain = true }
        elseif parts.whole then
            node = parts[1]
            node.kind = WHOLE
        else
            node = { kind = MIXED, parts = parts }
        end
        by_text[text] = node
        return node
    end

    local function compile_array(list, depth)
        local nodes, n, plain = {}, js.length_of(list), true
        for i = 0, n - 1 do
            local node = compile(js.get(list, i), depth + 1)
            nodes[i + 1] = node
            plain = plain and node.plain
        end
        return { kind = ARRAY, nodes = nodes, n = n, plain = plain }
    end

    local function compile_object(o, depth)
        local keys, n = js.enumerable_own(o)
        local names, key_nodes, nodes, plain = table.create(n), nil, table.create(n), true
        for i = 1, n do
            local k = keys[i]
            names[i] = k
            if type(k) == "string" and string.find(k, "{{", 1, true) then
                key_nodes = key_nodes or {}
                key_nodes[i] = text_node(k)
                plain = false
            end
            local node = compile(js.get(o, k), depth + 1)
            nodes[i] = node
            plain = plain and node.plain
        end
        return { kind = OBJECT, names = names, key_nodes = key_nodes, nodes = nodes, n = n, plain = plain }
    end

    function compile(value, depth)
        if type(value) == "string" then
            if string.find(value, "{{", 1, true) then
                return text_node(value)
            end
        elseif type(value) == "table" and depth < DEEPEST then
            if js.is_array(value) then
                return compile_array(value, depth)
            elseif js.is_plain_object(value) then
                return compile_object(value, depth)
            end
        end
        return { kind = VALUE, value = value, plain = true }
    end

    local function note(unresolved, node, reason)
        table.insert(unresolved, node.source)
        table.insert(unresolved, reason)
    end

    local function reason_of(err)
        local name, message = js.describe_error(err)
        return if name == "" then message else name .. ": " .. message
    end

    -- The value of an expression; undefined, a throw and what does not parse leave its text as written (`false` then).
    local function value_of(node, scope, unresolved)
        local run = node.run
        if run == nil then
            note(unresolved, node, node.reason)
            return node.source, false
        end
        local ok, value = protect(run, scope)
        if not ok then
            note(unresolved, node, reason_of(value))
            return node.source, false
        elseif value == nil then
            note(unresolved, node, "undefined")
            return node.source, false
        end
        return value, true
    end

    -- Every text in the script object: what was written by its author.
    local function collect_texts(value, texts, depth)
        if type(value) == "string" then
            texts[value] = true
        elseif type(value) == "table" and depth < DEEPEST and js.is_object(value) then
            local keys, n = js.enumerable_own(value)
            for i = 1, n do
                collect_texts(js.get(value, keys[i]), texts, depth + 1)
            end
        end
    end

    local function has_template(value, depth)
        if type(value) == "string" then
            return string.find(value, "{{", 1, true) ~= nil
        elseif type(value) == "table" and depth < 20 and (js.is_array(value) or js.is_plain_object(value)) then
            local keys, n = js.enumerable_own(value)
            for i = 1, n do
                if has_template(js.get(value, keys[i]), depth + 1) then
                    return true
                end
            end
        end
        return false
    end

    -- Renders what an expression took from `self`, once: only text that stands in the script object, never produced text.
    local function render_author_text(value, texts, scope, unresolved, depth)
        if type(value) == "string" then
            if texts[value] and string.find(value, "{{", 1, true) then
                return render(text_node(value), scope, unresolved, true)
            end
            return value
        elseif type(value) ~= "table" or depth > DEEPEST then
            return value
        elseif js.is_array(value) then
            local list, n = js.array_like(value)
            for i = 1, n do
                list[i] = render_author_text(list[i], texts, scope, unresolved, depth + 1)
            end
            return js.make_array(n, list)
        elseif js.is_plain_object(value) then
            local copy = js.new_object()
            local keys, n = js.enumerable_own(value)
            for i = 1, n do
                js.set(copy, keys[i], render_author_text(js.get(value, keys[i]), texts, scope, unresolved, depth + 1))
            end
            return copy
        end
        return value
    end

    local function again(node, value, scope, unresolved, second)
        if second or not node.from_self or not has_template(value, 0) then
            return value
        end
        local texts = {}
        collect_texts(scope.self, texts, 0)
        return render_author_text(value, texts, scope, unresolved, 0)
    end

    local function text_of(value)
        if type(value) == "string" then
            return value
        elseif value == null then
            return "null"
        end
        return js.str(value)
    end

    local function render_mixed(node, scope, unresolved, second)
        local out = {}
        for i, part in node.parts do
            if type(part) == "string" then
                out[i] = part
            else
                local value, resolved = value_of(part, scope, unresolved)
                if resolved then
                    value = again(part, value, scope, unresolved, second)
                    local ok, text = protect(text_of, value)
                    if not ok then
                        note(unresolved, part, reason_of(text))
                        text = part.source
                    end
                    value = text
                end
                out[i] = value
            end
        end
        return table.concat(out)
    end

    local function render_array(node, scope, unresolved, second)
        local list, n = table.create(node.n), 0
        for i = 1, node.n do
            local child = node.nodes[i]
            local value = render(child, scope, unresolved, second)
            if value ~= nil then
                n += 1
                list[n] = value
            end
        end
        return js.make_array(n, list)
    end

    local function render_object(node, scope, unresolved, second)
        local key_nodes = node.key_nodes
        local out = table.create(0)
        if key_nodes == nil then
            local names, nodes = node.names, node.nodes
            for i = 1, node.n do
                out[names[i]] = render(nodes[i], scope, unresolved, second)
            end
            return js.with_keys(out, names, node.n)
        end
        out = js.new_object()
        for i = 1, node.n do
            local key = node.names[i]
            if key_nodes[i] then
                local rendered = render(key_nodes[i], scope, unresolved, second)
                key = if rendered == null or rendered == false then nil else js.key(text_of(rendered))
            end
            if key ~= nil then
                js.set(out, key, render(node.nodes[i], scope, unresolved, second))
            end
        end
        return out
    end

    function render(node, scope, unresolved, second)
        local kind = node.kind
        if kind == TEXT or kind == VALUE then
            return node.value
        elseif kind == WHOLE then
            local value, resolved = value_of(node, scope, unresolved)
            return if resolved and node.from_self then again(node, value, scope, unresolved, second) else value
        elseif kind == MIXED then
            return render_mixed(node, scope, unresolved, second)
        elseif kind == OBJECT then
            return render_object(node, scope, unresolved, second)
        end
        return render_array(node, scope, unresolved, second)
    end

    local nothing = table.freeze({})
    local this = {}

    function this.compile(value)
        return compile(value, 0)
    end

    -- The rendered value, and the list `{source, reason, …}` of what stayed as written (nil: nothing).
    function this.render(node, scope)
        if node.plain then
            return render(node, scope, nothing, false), nil
        end
        local unresolved = {}
        local value = render(node, scope, unresolved, false)
        return value, if #unresolved > 0 then unresolved else nil
    end

    -- "run", "skip" or "threw", source, reason.
    function this.condition(node, scope)
        if node.kind ~= WHOLE then
            return if js.truthy(render(node, scope, {}, false)) then "run" else "skip"
        elseif node.run == nil then
            return "threw", node.source, node.reason
        end
        local ok, value = protect(node.run, scope)
        if not ok then
            return "threw", node.source, reason_of(value)
        end
        return if js.truthy(value) then "run" else "skip"
    end

    return this
end
