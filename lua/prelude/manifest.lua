--! Which file of the prelude gives which name; files are compiled and run when one of their names is first used.
--! Must not know what is in the files.
local js, native = ...

return {
    -- global name → file (without "/": in builtins/)
    globals = {
        JSON = "json", Math = "math", Date = "date", RegExp = "regexp", Map = "map", Set = "set", WeakMap = "weak", WeakSet = "weak", WeakRef = "weak",
        FinalizationRegistry = "weak", Array = "array", String = "string", Number = "number", BigInt = "bigint", console = "console", Buffer = "buffer",
        URL = "url", URLSearchParams = "url", atob = "base64", btoa = "base64", parseInt = "number", parseFloat = "number", isNaN = "number", isFinite = "number",
        encodeURIComponent = "uri", decodeURIComponent = "uri", encodeURI = "uri", decodeURI = "uri", escape = "uri", unescape = "uri",
        structuredClone = "structured_clone", process = "process", _ = "lodash",
        setTimeout = "host/timers", setInterval = "host/timers", setImmediate = "host/timers", clearTimeout = "host/timers", clearInterval = "host/timers",
        clearImmediate = "host/timers", queueMicrotask = "host/timers", performance = "host/timers",
    },
    -- js.name → file that adds it, for names that are not core's
    helpers = {
        regexp = "regexp", bigint = "bigint", new_buffer = "buffer", new_date = "date", json_stringify = "json",
        import = "host/es_modules", import_dynamic = "host/es_modules", export = "host/es_modules", export_all = "host/es_modules",
        import_meta = "host/es_modules", new_namespace = "host/es_modules",
    },
    -- name for `require` (without "node:") → file in modules/
    modules = {},
}
