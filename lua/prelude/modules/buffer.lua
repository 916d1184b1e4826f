--! `buffer`: the Buffer global, atob and btoa.
local js, native = ...

local module = js.new_object()
for _, name in { "Buffer", "atob", "btoa" } do
    js.define_value(module, name, js.global(name), "wec")
end

return module
