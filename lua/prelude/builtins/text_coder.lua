--! TextEncoder and TextDecoder (UTF-8, Latin-1, UTF-16LE).
local js, native = ...

native.need("bytes_view")
local B = js.byte_views
local ENCODING, FATAL = js.slot("Encoding"), js.slot("Fatal")

local encoder_proto = js.new_object()
js.intrinsics.TextEncoderPrototype = encoder_proto
local TextEncoder = js.define_constructor("TextEncoder", 0, function(new_target)
    return js.create_from_constructor(new_target, "TextEncoderPrototype")
end, nil, encoder_proto)
js.define_accessor(encoder_proto, "encoding", function()
    return "utf-8"
end)
js.define_methods(encoder_proto, {
    "encode", 0, function(_, text)
        return B.of_text(js.intrinsics.Uint8ArrayPrototype, native.bytes.encode(if text == nil then "" else js.str(text), "utf8"))
    end,
})
js.define_global("TextEncoder", TextEncoder)

local LABELS = { ["utf-8"] = "utf8", utf8 = "utf8", ["utf-16le"] = "utf16le", ["utf-16"] = "utf16le", latin1 = "latin1", ["iso-8859-1"] = "latin1", ascii = "latin1" }
local decoder_proto = js.new_object()
js.intrinsics.TextDecoderPrototype = decoder_proto
local TextDecoder = js.define_constructor("TextDecoder", 0, function(new_target, label, options)
    local name = if label == nil then "utf-8" else string.lower(js.str(label))
    if not LABELS[name] then
        js.range_error('The "' .. name .. '" encoding is not supported')
    end
    local decoder = js.create_from_constructor(new_target, "TextDecoderPrototype")
    rawset(decoder, ENCODING, name)
    rawset(decoder, FATAL, js.is_object(options) and js.truthy(js.get(options, "fatal")))
    return decoder
end, nil, decoder_proto)
js.define_accessor(decoder_proto, "encoding", function(this)
    return rawget(this, ENCODING)
end)
js.define_methods(decoder_proto, {
    "decode", 0, function(this, view)
        local bytes = if view == nil then "" else B.text(view)
        local encoding = LABELS[rawget(this, ENCODING)]
        if encoding == "utf8" then
            if rawget(this, FATAL) and not native.bytes.utf8_is_valid(bytes) then
                js.type_error("The encoded data was not valid for encoding utf-8")
            end
            bytes = if string.sub(bytes, 1, 3) == "\239\187\191" then string.sub(bytes, 4) else bytes
        end
        return native.bytes.decode(bytes, encoding)
    end,
})
js.define_global("TextDecoder", TextDecoder)
