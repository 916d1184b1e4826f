-- Symbols and internal slots: the values that are keys without being text.
-- A symbol is a table with the metatable `js.symbol_meta`; its identity is the key. Must not know objects.
local js, native = ...

local symbol_meta = { primitive = "symbol" }
js.symbol_meta = symbol_meta
js.intrinsics = {}

local function new_symbol(description)
    return setmetatable({ description = description }, symbol_meta)
end
js.new_symbol = new_symbol

-- Well-known symbols, `js.symbols.iterator` and so on.
local symbols = {}
js.symbols = symbols
js.symbol_names = { "asyncIterator", "hasInstance", "isConcatSpreadable", "iterator", "match", "matchAll", "replace", "search", "species", "split", "toPrimitive", "toStringTag", "unscopables" }
for _, name in js.symbol_names do
    symbols[name] = new_symbol("Symbol." .. name)
end

function js.is_symbol(x)
    return type(x) == "table" and getmetatable(x) == symbol_meta
end

function js.is_bigint(x)
    if type(x) ~= "table" then
        return false
    end
    local meta = getmetatable(x)
    return meta ~= nil and meta.primitive == "bigint"
end

-- An internal slot: a raw key no shape lists, so no script can see it.
function js.slot(name)
    return table.freeze({ slot = name })
end
