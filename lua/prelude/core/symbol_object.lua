--! `Symbol` and `Boolean`: constructors and prototypes.
local js, native = ...

local core, intrinsics, symbols = js.core, js.intrinsics, js.symbols
local type, getmetatable = type, getmetatable

local prototype = intrinsics.SymbolPrototype
local registry, registered = {}, {}

local Symbol = js.define_constructor("Symbol", 0, function()
    return js.type_error("Symbol is not a constructor")
end, function(_, description)
    return js.new_symbol(if description == nil then nil else js.str(description))
end, prototype)
function js.symbol_for(text)
    local symbol = registry[text]
    if symbol == nil then
        symbol = js.new_symbol(text)
        registry[text], registered[symbol] = symbol, text
    end
    return symbol
end
function js.is_registered_symbol(symbol)
    return registered[symbol] ~= nil
end
js.symbol_text = js.key_text

js.define_methods(Symbol, {
    "for", 1, function(_, text)
        return js.symbol_for(js.str(text))
    end,
    "keyFor", 1, function(_, symbol)
        if not js.is_symbol(symbol) then
            return js.type_error(js.describe(symbol) .. " is not a symbol")
        end
        return registered[symbol]
    end,
})

for _, name in js.symbol_names do
    js.define_value(Symbol, name, symbols[name], "")
end

local function this_symbol(this)
    local symbol = js.unwrap(this, "symbol")
    if symbol == nil then
        return js.type_error("not a symbol")
    end
    return symbol
end
js.define_methods(prototype, {
    "toString", 0, function(this)
        return js.key_text(this_symbol(this))
    end,
    "valueOf", 0, this_symbol,
})
js.define_accessor(prototype, "description", function(this)
    return rawget(this_symbol(this), "description")
end, nil)
local function to_primitive(this)
    return this_symbol(this)
end
js.define_value(prototype, symbols.toPrimitive, js.define_function("[Symbol.toPrimitive]", 1, to_primitive), "c")
js.define_value(prototype, symbols.toStringTag, "Symbol", "c")
js.define_global("Symbol", Symbol)

local boolean_prototype = intrinsics.BooleanPrototype
local Boolean = js.define_constructor("Boolean", 1, function(new_target, v)
    return js.wrap_primitive(js.truthy(v), "boolean", js.prototype_from_constructor(new_target, "BooleanPrototype"))
end, function(_, v)
    return js.truthy(v)
end, boolean_prototype)
local function this_boolean(this)
    local v = js.unwrap(this, "boolean")
    if v == nil then
        return js.type_error("not a boolean")
    end
    return v
end
js.define_methods(boolean_prototype, {
    "toString", 0, function(this)
        return if this_boolean(this) then "true" else "false"
    end,
    "valueOf", 0, this_boolean,
})
js.define_global("Boolean", Boolean)
