// What the host adds: URL, URLSearchParams, Buffer, structuredClone, text encoders, globalThis, console.
const { test, equal, same, throws } = require("./check.js");

test("URL", () => {
    const u = new URL("https://user:pw@example.com:8080/a/../b%20c?x=1&y=2#frag");
    same([u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin],
        ["https:", "user", "pw", "example.com:8080", "example.com", "8080", "/b%20c", "?x=1&y=2", "#frag", "https://example.com:8080"]);
    equal(new URL("../c", "http://h/a/b/").href, "http://h/a/c");
    equal(new URL("//other/x", "https://h/").href, "https://other/x");
    equal(new URL("HTTP://EXAMPLE.com:80").href, "http://example.com/");
    throws(() => new URL("not a url"), "TypeError");
    u.pathname = "/new path";
    u.port = "443";
    u.searchParams.append("z", "ü");
    equal(u.href, "https://user:pw@example.com/new%20path?x=1&y=2&z=%C3%BC#frag");
    equal(JSON.stringify(new URL("http://h")), '"http://h/"');
    equal(URL.canParse("x:"), true);
    equal(new URL("file:///C:/x").pathname, "/C:/x");
});

test("URLSearchParams", () => {
    const p = new URLSearchParams("?a=1&b=2&a=3&c");
    equal(p.get("a"), "1");
    same(p.getAll("a"), ["1", "3"]);
    equal(p.get("none"), null);
    equal(p.has("c"), true);
    p.set("a", "x y");
    p.delete("b");
    equal(p.toString(), "a=x+y&c=");
    same([...new URLSearchParams({ q: "1", r: "é" })], [["q", "1"], ["r", "é"]]);
    equal(new URLSearchParams([["a", "&="]]).toString(), "a=%26%3D");
    p.append("b", "1");
    p.sort();
    equal([...p.keys()].join(), "a,b,c");
});

test("Buffer", () => {
    equal(Buffer.from("héllo").toString("base64"), "aMOpbGxv");
    equal(Buffer.from("aMOpbGxv", "base64").toString(), "héllo");
    equal(Buffer.from("ff00", "hex")[0], 255);
    equal(Buffer.from([1, 2, 300]).toString("hex"), "01022c");
    equal(Buffer.concat([Buffer.from("a"), Buffer.from("b")]).toString(), "ab");
    equal(Buffer.from("abcdef").slice(1, -1).toString(), "bcde");
    equal(Buffer.from("é", "latin1").length, 1);
    equal(Buffer.byteLength("é"), 2);
    equal(Buffer.isBuffer(Buffer.alloc(2)), true);
    equal(Buffer.alloc(3, "ab").toString(), "aba");
    equal(Buffer.from("a").equals(Buffer.from("a")), true);
    equal(Buffer.from("abc").indexOf("c"), 2);
    equal(Buffer.compare(Buffer.from("a"), Buffer.from("b")), -1);
    same([...Buffer.from("hi")], [104, 105]);
    same(JSON.parse(JSON.stringify(Buffer.from("a"))), { type: "Buffer", data: [97] });
    equal(Buffer.from([0xff]).toString(), "\ufffd");
    equal(Buffer.from("_-8", "base64url").toString("hex"), "ffef");
    equal(Buffer.from("x") instanceof Uint8Array, true);
});

test("structuredClone", () => {
    const o = { d: new Date(5), m: new Map([[1, { a: 2 }]]), s: new Set([1]), r: /x/gi, list: [1, , 3], n: null, u: undefined };
    o.self = o;
    const c = structuredClone(o);
    equal(c !== o && c.self === c, true);
    equal(c.d.getTime(), 5);
    equal(c.m.get(1).a, 2);
    equal(c.m.get(1) === o.m.get(1), false);
    equal(String(c.r), "/x/gi");
    equal(1 in c.list, false);
    equal("u" in c, true);
    throws(() => structuredClone(() => 1), "DataCloneError");
    class P { x = 1; }
    equal(structuredClone(new P()) instanceof P, false);
    equal(structuredClone(new RangeError("m")) instanceof RangeError, true);
});

test("text encoders and globals", () => {
    same([...new TextEncoder().encode("é")], [195, 169]);
    equal(new TextDecoder().decode(new Uint8Array([226, 130, 172])), "€");
    equal(globalThis.Array, Array);
    equal(typeof globalThis.setTimeout, "function");
    globalThis.madeHere = 5;
    equal(madeHere, 5);
    delete globalThis.madeHere;
    equal(typeof madeHere, "undefined");
    equal(typeof console.log, "function");
    equal(typeof process.platform, "string");
    equal(Array.isArray(process.argv), true);
    equal(typeof performance.now(), "number");
});
