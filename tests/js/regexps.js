// Regular expressions: flags, groups, look-around, replacing, splitting, sticky and global state.
const { test, equal, same, throws } = require("./check.js");

test("exec and test", () => {
    const m = /(\d+)-(?<word>\w+)/.exec("see 12-ab!");
    same([...m], ["12-ab", "12", "ab"]);
    equal(m.index, 4);
    equal(m.input, "see 12-ab!");
    equal(m.groups.word, "ab");
    equal(/x/.exec("y"), null);
    equal(/A/i.test("a"), true);
    equal(/^b$/m.test("a\nb"), true);
    equal(/a.b/s.test("a\nb"), true);
    equal(/a.b/.test("a\nb"), false);
    same([.../(a)|(b)/.exec("b")], ["b", undefined, "b"]);
});

test("state of global and sticky ones", () => {
    const g = /a/g;
    equal(g.test("aXa"), true);
    equal(g.lastIndex, 1);
    equal(g.exec("aXa").index, 2);
    equal(g.test("aXa"), false);
    equal(g.lastIndex, 0);
    const y = /b/y;
    equal(y.test("ab"), false);
    y.lastIndex = 1;
    equal(y.test("ab"), true);
    same("aXaYa".match(/a/g), ["a", "a", "a"]);
    same("b".match(/a/g), null);
    same([..."a1b22".matchAll(/([a-z])(\d+)/g)].map((m) => m[1] + m[2] + m.index), ["a10", "b222"]);
    throws(() => "x".matchAll(/x/), "TypeError");
});

test("look-around, back references, classes", () => {
    equal("price: $42".match(/(?<=\$)\d+/)[0], "42");
    equal("a1 b2".replace(/[a-z](?=2)/, "X"), "a1 X2");
    equal(/(?<!a)b/.test("ab"), false);
    equal(/q(?!u)/.test("qi"), true);
    equal(/(\w)\1/.test("hello"), true);
    equal(/(?<c>.)\k<c>/.test("aa"), true);
    equal(/^\p{L}+$/u.test("éß"), true);
    equal(/^.$/u.test("😀"), true);
    equal(/^.$/.test("😀"), false);
    equal(/\bfoo\b/.test("a foo b"), true);
    equal(/[^\s\d]/.test(" 1"), false);
    equal(/a{2,3}?/.exec("aaaa")[0], "aa");
    equal(/\u{1F600}/u.test("😀"), true);
    equal(/[\u0041-\u0043]/.test("B"), true);
});

test("replace", () => {
    equal("John Smith".replace(/(\w+)\s(\w+)/, "$2, $1"), "Smith, John");
    equal("abc".replace(/b/, "[$`|$&|$']"), "a[a|b|c]c");
    equal("x".replace(/x/, "$$"), "$");
    equal("2020-01".replace(/(?<y>\d+)-(?<m>\d+)/, "$<m>/$<y>"), "01/2020");
    equal("a-b-c".replace(/-/g, () => "+"), "a+b+c");
    equal("abc".replace(/(?<x>b)/, (...args) => JSON.stringify(args)), 'a["b","b",1,"abc",{"x":"b"}]c');
    equal("aaa".replaceAll(/a/g, "b"), "bbb");
    throws(() => "a".replaceAll(/a/, "b"), "TypeError");
    equal("aBc".replace(/[A-Z]/g, (c) => "_" + c.toLowerCase()), "a_bc");
    equal("".replace(/^/, "x"), "x");
    equal("abc".replace(/(z)?/g, "-"), "-a-b-c-");
});

test("objects", () => {
    const r = new RegExp("a/b\\d", "gi");
    equal(r.source, "a\\/b\\d");
    equal(r.flags, "gi");
    equal(String(r), "/a\\/b\\d/gi");
    equal(new RegExp("").source, "(?:)");
    equal(new RegExp(/x/g, "m").flags, "m");
    same([r.global, r.ignoreCase, r.multiline, r.sticky, r.unicode], [true, true, false, false, false]);
    throws(() => new RegExp("("), "SyntaxError");
    throws(() => new RegExp("a", "gg"), "SyntaxError");
    equal(RegExp("x") instanceof RegExp, true);
    equal("one two".search(/two/), 4);
    equal(/a/d.exec("ba").indices[0].join(), "1,2");
    same("k1=v1;k2=v2".split(/[=;]/), ["k1", "v1", "k2", "v2"]);
});
