// JSON: stringify with indentation, replacers, toJSON; parse with revivers; errors.
const { test, equal, same, throws } = require("./check.js");

test("stringify", () => {
    equal(JSON.stringify({ a: [1, "x", null, undefined, () => 1], b: undefined, c: NaN, d: new Date(0) }), '{"a":[1,"x",null,null,null],"c":null,"d":"1970-01-01T00:00:00.000Z"}');
    equal(JSON.stringify(undefined), undefined);
    equal(JSON.stringify("\u2028\n\"\\\u0001é"), '"\u2028\\n\\"\\\\\\u0001é"');
    equal(JSON.stringify("\ud800"), '"\\ud800"');
    equal(JSON.stringify({ a: [1, {}], b: {}, c: [] }, null, 2), '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": {},\n  "c": []\n}');
    equal(JSON.stringify([1], null, "--"), "[\n--1\n]");
    equal(JSON.stringify({ a: 1, b: 2, c: { a: 3, d: 4 } }, ["a", "c"]), '{"a":1,"c":{"a":3}}');
    equal(JSON.stringify({ a: 1, b: "x" }, (k, v) => (typeof v === "number" ? v + 1 : v)), '{"a":2,"b":"x"}');
    equal(JSON.stringify({ toJSON(k) { return "json" + k; } }), '"json"');
    equal(JSON.stringify({ x: { toJSON: (k) => k } }), '{"x":"x"}');
    equal(JSON.stringify(Object.create({ inherited: 1 })), "{}");
    equal(JSON.stringify([new Number(1), new String("s"), new Boolean(false), Symbol()]), '[1,"s",false,null]');
    equal(JSON.stringify(new Map([[1, 2]])), "{}");
    throws(() => { const o = {}; o.o = o; JSON.stringify(o); }, "TypeError");
    throws(() => JSON.stringify(1n), "TypeError");
    equal(JSON.stringify(-0), "0");
    equal(JSON.stringify({ 2: "b", 1: "a" }), '{"1":"a","2":"b"}');
});

test("parse", () => {
    same(JSON.parse(' {"a":[1,2,{"b":null}],"c":"\\u00e9\\n"} '), { a: [1, 2, { b: null }], c: "é\n" });
    same(JSON.parse('{"a":1,"b":{"c":2}}', (k, v) => (k === "c" ? undefined : v)), { a: 1, b: {} });
    same(JSON.parse("[1,2]", function (k, v) { return Array.isArray(v) ? v : v * 10; }), [10, 20]);
    equal(JSON.parse("-0"), -0);
    equal(JSON.parse("1e3"), 1000);
    equal(JSON.parse('"\\ud83d\\ude00"'), "😀");
    for (const bad of ["", "{", "[1,]", "{a:1}", "01", "'x'", "nul", "1 2", '"\n"', "+1", ".5", "\"\\x41\"", "undefined"]) throws(() => JSON.parse(bad), "SyntaxError");
    same(Object.keys(JSON.parse('{"b":1,"a":2,"1":3}')), ["1", "b", "a"]);
    equal(Object.hasOwn(JSON.parse('{"__proto__":1}'), "__proto__"), true);
});
