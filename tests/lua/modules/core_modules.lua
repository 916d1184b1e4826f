--! path, events, querystring, fs and util as scripts use them.
local _, _, require = ...

local function same(actual, expected, what)
    if actual ~= expected then
        error(`{what}: got {tostring(actual)}, expected {tostring(expected)}`)
    end
end

local path = require(nil, "path")
same(path:resolve("/a", "..", "b"), "/b", "resolve")
same(path:join("a", "../..", "c"), "../c", "join")
same(path:normalize("./a//b/../c/"), "a/c/", "normalize")
same(path:relative("/a/b/c", "/a/d"), "../../d", "relative")
same(path:dirname("/a/b/"), "/a", "dirname")
same(path:basename("/x/y.txt", ".txt"), "y", "basename")
same(path:extname(".bashrc"), "", "a dot file has no extension")
same(path.win32:join("C:\\a", "..", "b"), "C:\\b", "win32 join")
same(path.win32:resolve("C:\\x", "..\\y"), "C:\\y", "win32 resolve")
same(path.win32:isAbsolute("C:/x"), true, "win32 isAbsolute")
same(pcall(path.join, path, 5), false, "a number is no path")

local EventEmitter = require(nil, "events")
local emitter, heard = js.new(EventEmitter), {}
emitter:once("x", function(_, v)
    table.insert(heard, v)
end)
emitter:emit("x", 1)
same(emitter:emit("x", 2), false, "once is once")
same(#heard, 1, "heard once")
same(pcall(emitter.emit, emitter, "error", js.make_error("Error", "lost")), false, "an unheard error is thrown")

local querystring = require(nil, "querystring")
same(querystring:stringify(js.object({ a = js.array(1, 2), b = "x y" }, "a b")), "a=1&a=2&b=x%20y", "stringify")
same(querystring:parse("a=1&a=2").a[1], "2", "parse")

local fs = require(nil, "node:fs")
same(fs:existsSync("/"), true, "the root exists")
js.try(function()
    fs:readFileSync("/surely/not/there")
end, function(e)
    same(e.code, "ENOENT", "code of a missing file")
    same(e.message, "ENOENT: no such file or directory, open '/surely/not/there'", "message of a missing file")
end)
same(require(nil, "fs/promises"), fs.promises, "promises")

local util = require(nil, "util")
same(util:isDeepStrictEqual(js.array(1, js.new(Date, 0)), js.array(1, js.new(Date, 0))), true, "deep equality")
same(util:format("%j", js.object({ a = 1 }, "a")), '{"a":1}', "format")
