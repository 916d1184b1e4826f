--! atob and btoa: text of Latin-1 units ↔ base64.
local js, native = ...

local function invalid(text)
    js.throw(js.make_dom_exception and js.make_dom_exception(text, "InvalidCharacterError") or js.make_error("Error", text))
end

js.define_global("btoa", js.define_function("btoa", 1, function(_, text)
    native.need("string_view")
    local s = js.str(text)
    if not js.string_view.is_ascii(s) then
        for i = 0, js.string_view.length(s) - 1 do
            if js.string_view.unit_at(s, i) > 255 then
                invalid("Invalid character")
            end
        end
    end
    return native.bytes.decode(native.bytes.encode(s, "latin1"), "base64")
end))

js.define_global("atob", js.define_function("atob", 1, function(_, text)
    local decoded = native.bytes.atob(js.str(text))
    if decoded == nil then
        invalid("The string to be decoded is not correctly encoded.")
    end
    return decoded
end))
