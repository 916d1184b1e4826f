--! console: log and friends through `native.console(level, text)`, groups, counters, timers, tables. Must not know how values become text.
local js, native = ...

local function inspector()
    if not js.inspector then
        native.need("inspect")
    end
    return js.inspector
end

local console = js.new_object()
local indent = ""
local counts, timers = {}, {}

local function write(level, text)
    if indent ~= "" then
        text = indent .. string.gsub(text, "\n", "\n" .. indent)
    end
    native.console(level, text)
end

-- Text of the arguments; plain strings need no inspector.
local function text_of(...)
    local n = select("#", ...)
    local first = ...
    if n == 0 then
        return ""
    elseif n == 1 and type(first) == "string" then
        return first
    end
    return inspector().format(n, { ... })
end

local function printer(level)
    return function(_, ...)
        write(level, text_of(...))
    end
end

local function label_of(label)
    return if label == nil then "default" else js.str(label)
end

local function elapsed(start)
    local ms = native.performance_now() - start
    if ms >= 1000 then
        return string.format("%.3fs", ms / 1000)
    end
    return (string.gsub(string.format("%.3f", ms), "%.?0+$", "")) .. "ms"
end

-- Rows and columns of console.table.
local function table_cells(data, columns)
    local rows, names, known = {}, {}, {}
    local has_values = false
    local function add_row(index, value)
        local row = { index = index, cells = {} }
        if js.is_object(value) and type(value) ~= "function" then
            local keys, n = js.enumerable_own(value)
            for i = 1, n do
                local name = js.str(js.key_value(keys[i]))
                if not known[name] then
                    known[name] = true
                    table.insert(names, name)
                end
                row.cells[name] = inspector().text(js.get(value, keys[i]), js.object({ depth = 0 }, "depth"))
            end
        else
            has_values = true
            row.value = inspector().text(value)
        end
        table.insert(rows, row)
    end
    local keys, n = js.enumerable_own(data)
    for i = 1, n do
        add_row(js.str(js.key_value(keys[i])), js.get(data, keys[i]))
    end
    if columns ~= nil then
        names = {}
        for i = 0, js.length_of(columns) - 1 do
            table.insert(names, js.str(js.get(columns, i)))
        end
    end
    return rows, names, has_values
end

local function table_text(data, columns)
    local rows, names, has_values = table_cells(data, columns)
    local header = { "(index)" }
    for _, name in names do
        table.insert(header, name)
    end
    if has_values then
        table.insert(header, "Values")
    end
    local lines = {}
    for _, row in rows do
        local line = { row.index }
        for _, name in names do
            table.insert(line, row.cells[name] or "")
        end
        if has_values then
            table.insert(line, row.value or "")
        end
        table.insert(lines, line)
    end
    local widths = {}
    for i, name in header do
        widths[i] = utf8.len(name) + 2
        for _, line in lines do
            widths[i] = math.max(widths[i], (utf8.len(line[i]) or #line[i]) + 2)
        end
    end
    local function centred(line)
        local cells = {}
        for i, cell in line do
            local missing = widths[i] - (utf8.len(cell) or #cell)
            local left = missing // 2
            cells[i] = string.rep(" ", left) .. cell .. string.rep(" ", missing - left)
        end
        return "│" .. table.concat(cells, "│") .. "│"
    end
    local function rule(left, middle, right)
        local cells = {}
        for i, width in widths do
            cells[i] = string.rep("─", width)
        end
        return left .. table.concat(cells, middle) .. right
    end
    local out = { rule("┌", "┬", "┐"), centred(header), rule("├", "┼", "┤") }
    for _, line in lines do
        table.insert(out, centred(line))
    end
    table.insert(out, rule("└", "┴", "┘"))
    return table.concat(out, "\n")
end

local function group(_, ...)
    if select("#", ...) > 0 then
        write("log", text_of(...))
    end
    indent ..= "  "
end

local methods = {
    log = printer("log"),
    info = printer("info"),
    debug = printer("debug"),
    warn = printer("warn"),
    error = printer("error"),
    trace = function(_, ...)
        local text = text_of(...)
        write("error", if text == "" then "Trace" else "Trace: " .. text)
    end,
    dir = function(_, value, options)
        write("log", inspector().text(value, options))
    end,
    dirxml = printer("log"),
    table = function(_, data, columns)
        if not js.is_object(data) then
            write("log", text_of(data))
            return
        end
        write("log", table_text(data, columns))
    end,
    group = group,
    groupCollapsed = group,
    groupEnd = function()
        indent = string.sub(indent, 1, -3)
    end,
    assert = function(_, ok, ...)
        if not js.truthy(ok) then
            local text = text_of(...)
            write("error", if text == "" then "Assertion failed" else "Assertion failed: " .. text)
        end
    end,
    count = function(_, label)
        local name = label_of(label)
        counts[name] = (counts[name] or 0) + 1
        write("log", name .. ": " .. counts[name])
    end,
    countReset = function(_, label)
        counts[label_of(label)] = nil
    end,
    time = function(_, label)
        timers[label_of(label)] = native.performance_now()
    end,
    timeLog = function(_, label)
        local name = label_of(label)
        if timers[name] then
            write("log", name .. ": " .. elapsed(timers[name]))
        end
    end,
    timeEnd = function(_, label)
        local name = label_of(label)
        if timers[name] then
            write("log", name .. ": " .. elapsed(timers[name]))
            timers[name] = nil
        end
    end,
    clear = function() end,
}
local ORDER = { "log", "warn", "dir", "time", "timeEnd", "timeLog", "trace", "assert", "clear", "count", "countReset", "group", "groupEnd", "table", "debug", "info", "dirxml", "error", "groupCollapsed" }
for _, name in ORDER do
    js.define_value(console, name, js.define_function(name, 0, methods[name]), "wec")
end
js.define_value(console, js.symbols.toStringTag, "console", "c")
js.define_global("console", console)
