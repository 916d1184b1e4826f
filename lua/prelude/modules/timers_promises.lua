--! `timers/promises`.
local js, native = ...

return js.get(native.need_file("modules/timers"), "promises")
