--! `stream`: base classes that are event emitters, enough for `instanceof` and inheritance.
local js, native = ...

local EventEmitter = js.get(native.need_file("modules/events"), "EventEmitter")
local stream = js.new_object()
for _, name in { "Stream", "Readable", "Writable", "Duplex", "Transform", "PassThrough" } do
    local proto = js.new_object(js.get(EventEmitter, "prototype"))
    js.intrinsics[name .. "StreamPrototype"] = proto
    local class = js.define_constructor(name, 1, function(new_target)
        return js.create_from_constructor(new_target, name .. "StreamPrototype")
    end, nil, proto)
    js.define_value(stream, name, class, "wec")
end

return stream
