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
        structuredClone = "structured_clone", Uint8Array = "bytes_view", TextEncoder = "text_coder", TextDecoder = "text_coder", process = "process",
        setTimeout = "host/timers", setInterval = "host/timers", setImmediate = "host/timers", clearTimeout = "host/timers", clearInterval = "host/timers",
        Reflect = "core/reflect", Promise = "core/promise", Symbol = "core/symbol_object", Boolean = "core/symbol_object",
        clearImmediate = "host/timers", queueMicrotask = "host/timers", performance = "host/timers",
    },
    -- js.name → file that adds it, for names that are not core's
    helpers = {
        regexp = "regexp", new_regexp = "regexp", substitute = "string", string_length = "string_view", string_char = "string_view", bigint = "bigint", new_buffer = "buffer", new_date = "date", json_stringify = "json", json_parse = "json", inspector = "inspect", string_view = "string_view", collection = "collection", byte_views = "bytes_view",
        bigint_op = "bigint", string_to_bigint = "bigint", bigint_compare = "bigint", bigint_text = "bigint", to_bigint = "bigint", bigint_to_number = "bigint",
        class = "core/class", private = "core/class", super_new = "core/class", super_apply = "core/class", super_once = "core/class",
        this = "core/class", constructed = "core/class", class_method = "core/class", class_getter = "core/class", class_setter = "core/class",
        class_field = "core/class", class_static_field = "core/class", private_method = "core/class", private_accessor = "core/class",
        private_get = "core/class", private_set = "core/class", has_private = "core/class",
        yield = "core/generator", yield_star = "core/generator", generator = "core/generator",
        await = "core/async", async = "core/async", async_generator = "core/async", iterate_async = "core/async",
        define = "core/literal", define_named = "core/literal", object_pairs = "core/literal", define_getter = "core/literal",
        define_setter = "core/literal", spread_into = "core/literal", object_rest = "core/literal", template = "core/literal",
        own_enumerable = "core/literal", is_plain_object = "core/literal", shape_keys = "core/literal", object_with_keys = "core/literal",
        export_live = "core/literal",
        symbol_for = "core/symbol_object", is_registered_symbol = "core/symbol_object", symbol_text = "core/symbol_object",
        new_promise = "core/promise",
        import = "host/es_modules", import_dynamic = "host/es_modules", export = "host/es_modules", export_all = "host/es_modules",
        import_meta = "host/es_modules", new_namespace = "host/es_modules",
    },
    -- name for `require` (without "node:") → file in modules/
    modules = {
        path = "path", ["path/posix"] = "path", os = "os", fs = "fs", ["fs/promises"] = "fs_promises", util = "util", events = "events",
        child_process = "child_process", assert = "assert", buffer = "buffer", timers = "timers", ["timers/promises"] = "timers_promises", crypto = "crypto", process = "process",
        url = "url", querystring = "querystring", stream = "stream",
        http = "network", https = "network", net = "network", tls = "network", dns = "network", worker_threads = "network", cluster = "network",
    },
}
