--! `_`, `os` and `path` as templates see them. Must not know what is in them.
local js, native = ...

js.define_global("_", native.need_file("modules/lodash"))
js.define_global("os", native.need_file("modules/os"))
js.define_global("path", native.need_file("modules/path"))
