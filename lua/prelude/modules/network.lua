--! `http`, `https`, `net`, `tls`, `dns`, `cluster`, `worker_threads`: there, so that a script that only requires them works;
--! every call gives one clear error.
local js, native = ...

local network = js.new_object()

for _, name in { "request", "get", "createServer", "connect", "createConnection", "lookup", "resolve", "fork", "Server", "Agent", "Worker" } do
    js.define_value(network, name, js.define_function(name, 2, function()
        local e = js.make_error("Error", "network access from a script is not available; use a net, fs.download or shell.run step (" .. name .. ")")
        js.set(e, "code", "ENOTSUP")
        js.throw(e)
    end), "wec")
end

return network
