// CommonJS modules and Node's own: path, util, events, os, fs, crypto, assert, querystring.
const { test, equal, same, throws } = require("./check.js");

test("require", () => {
    const common = require("./parts/common.js");
    equal(common.value, 42);
    equal(require("./parts/common"), common);
    equal(common.self, true);
    equal(common.file, "common.js");
    equal(common.cycle(), true);
    equal(require("./parts/cycle.js").seen, 42);
    same(require("./parts/data.json"), { list: [1, { a: null }], text: "é" });
    equal(require("node:path"), require("path"));
    equal(typeof module.exports, "object");
    equal(__filename.endsWith("require.js"), true);
    equal(require("path").dirname(__filename), __dirname);
    try { require("./parts/none"); } catch (error) { equal(error.code, "MODULE_NOT_FOUND"); }
});

test("path", () => {
    const path = require("path").posix, win = require("path").win32;
    equal(path.join("/a", "..", "b", "./c"), "/b/c");
    equal(path.resolve("/a/b", "../c", "d"), "/a/c/d");
    equal(path.relative("/a/b/c", "/a/d"), "../../d");
    equal(path.normalize("a//b/../c/."), "a/c");
    equal(path.basename("/x/y.tar.gz", ".gz"), "y.tar");
    equal(path.extname(".bashrc"), "");
    equal(path.isAbsolute("a"), false);
    same(path.parse("/home/u/f.txt"), { root: "/", dir: "/home/u", base: "f.txt", ext: ".txt", name: "f" });
    equal(path.format({ dir: "/d", name: "n", ext: ".e" }), "/d/n.e");
    equal(win.join("C:\\a", "..", "b"), "C:\\b");
    equal(win.basename("C:\\x\\y.z"), "y.z");
    equal(win.isAbsolute("C:/x"), true);
    equal(path.dirname("/a"), "/");
    equal(win.sep + path.delimiter, "\\:");
});

test("util and events", async () => {
    const util = require("util"), { EventEmitter, once } = require("events");
    equal(util.inspect({ a: [1, "x", null], b: new Map([[1, { c: 2 }]]) }), "{ a: [ 1, 'x', null ], b: Map(1) { 1 => { c: 2 } } }");
    equal(util.format("%s %d %j %%", "a", 5, { x: 1 }), 'a 5 {"x":1} %');
    const wait = util.promisify((x, done) => setTimeout(() => done(null, x + 1), 0));
    equal(await wait(1), 2);
    equal(util.isDeepStrictEqual({ a: [1] }, { a: [1] }), true);
    const e = new EventEmitter(), log = [];
    e.on("x", (a) => log.push("on" + a));
    e.once("x", (a) => log.push("once" + a));
    e.prependListener("x", () => log.push("first"));
    equal(e.emit("x", 1), true);
    e.emit("x", 2);
    equal(e.emit("none"), false);
    same(log, ["first", "on1", "once1", "first", "on2"]);
    throws(() => e.emit("error", new RangeError("r")), "RangeError");
    setTimeout(() => e.emit("later", 7), 0);
    same(await once(e, "later"), [7]);
    equal(e.listenerCount("x"), 2);
});

test("others", () => {
    const assert = require("assert");
    throws(() => assert.strictEqual(1, 2), "AssertionError");
    assert.deepStrictEqual({ a: 1 }, { a: 1 });
    equal(require("crypto").createHash("sha256").update("abc").digest("hex").slice(0, 16), "ba7816bf8f01cfea");
    equal(require("crypto").randomBytes(8).length, 8);
    equal(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(require("crypto").randomUUID()), true);
    equal(require("querystring").stringify({ a: [1, 2], b: "x y" }), "a=1&a=2&b=x%20y");
    equal(typeof require("os").cpus().length, "number");
    const fs = require("fs");
    equal(fs.existsSync(__filename), true);
    equal(fs.readFileSync(__dirname + "/parts/data.json", "utf8").includes("é"), true);
    equal(fs.statSync(__dirname).isDirectory(), true);
    equal(fs.readdirSync(__dirname + "/parts").includes("data.json"), true);
    throws(() => fs.readFileSync(__dirname + "/missing"), "Error");
    try { fs.readFileSync(__dirname + "/missing"); } catch (error) { equal(error.code, "ENOENT"); }
});
