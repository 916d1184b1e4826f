--! `process` as a module: the global.
local js, native = ...

return js.global("process")
