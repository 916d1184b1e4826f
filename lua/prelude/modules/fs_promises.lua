--! `fs/promises`: the promises of `fs`.
local js, native = ...

return js.get(native.need_file("modules/fs"), "promises")
