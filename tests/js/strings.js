// Strings: UTF-16 semantics, every method, template literals.
const { test, equal, same, throws } = require("./check.js");

test("units and code points", () => {
    const s = "a😀é";
    equal(s.length, 4);
    equal(s[1], "\ud83d");
    equal(s.charCodeAt(2), 0xde00);
    equal(s.codePointAt(1), 0x1f600);
    same([...s], ["a", "😀", "é"]);
    equal(String.fromCodePoint(0x1f600), "😀");
    equal(String.fromCharCode(0xd83d, 0xde00), "😀");
    equal(s.charAt(9), "");
    equal(s.at(-1), "é");
    equal("\u{1F600}".length, 2);
    equal("x\ud800".isWellFormed(), false);
    equal("x\ud800".toWellFormed(), "x\ufffd");
    equal("e\u0301".normalize("NFC"), "é");
    equal(s.split("").length, 4);
});

test("parts", () => {
    const s = "The quick fox";
    equal(s.slice(4, -4), "quick");
    equal(s.slice(-3), "fox");
    equal(s.substring(9, 4), "quick");
    equal(s.substr(-3, 2), "fo");
    equal(s.indexOf("q"), 4);
    equal(s.lastIndexOf("o"), 11);
    equal(s.indexOf(""), 0);
    equal(s.includes("fox"), true);
    equal(s.startsWith("quick", 4), true);
    equal(s.endsWith("The", 3), true);
    throws(() => s.includes(/x/), "TypeError");
    same("a,b,,c".split(","), ["a", "b", "", "c"]);
    same("abc".split(""), ["a", "b", "c"]);
    same("a1b2".split(/\d/), ["a", "b", ""]);
    same("a1b2".split(/(\d)/, 3), ["a", "1", "b"]);
    same("".split(","), [""]);
    same("".split(""), []);
});

test("changing", () => {
    equal("  x\t\n".trim() + "|", "x|");
    equal("  x ".trimStart(), "x ");
    equal("  x ".trimEnd(), "  x");
    equal("5".padStart(3, "0"), "005");
    equal("5".padEnd(4, "ab"), "5aba");
    equal("ab".repeat(3), "ababab");
    throws(() => "a".repeat(-1), "RangeError");
    equal("ÄÖ straße".toLowerCase(), "äö straße");
    equal("straße".toUpperCase(), "STRASSE");
    equal("a-b-c".replace("-", "+"), "a+b-c");
    equal("a-b-c".replaceAll("-", "$&$&"), "a--b--c");
    equal("abc".replace("b", (m, at, all) => m + at + all), "ab1abcc");
    equal("x".concat(1, null), "x1null");
    equal("a".localeCompare("b") < 0, true);
    equal("b".localeCompare("a") > 0, true);
});

test("template literals", () => {
    const n = 3;
    equal(`a${n}b${n + 1}`, "a3b4");
    equal(`line1
line2`, "line1\nline2");
    equal(`\`\${}\\`, "`${}\\");
    const tag = (strings, ...values) => [strings.join("|"), strings.raw.join("|"), values];
    same(tag`x\n${1}y${2}`, ["x\n|y|", "x\\n|y|", [1, 2]]);
    equal(String.raw`a\n${1}`, "a\\n1");
    const identity = (s) => s;
    const twice = () => identity`same`;
    equal(twice(), twice());
    equal(Object.isFrozen(identity`x`), true);
    same(tag`\unicode`, ["", "\\unicode", []]);
    equal(`${[1, 2]}${{}}${null}`, "1,2[object Object]null");
    equal(`a${`b${"c"}`}`, "abc");
});

test("as objects", () => {
    const s = new String("abc");
    equal(typeof s, "object");
    equal(s.length, 3);
    same(Object.keys(s), ["0", "1", "2"]);
    equal(s == "abc", true);
    equal(Object.getOwnPropertyNames("ab").join(), "0,1,length");
    const t = "text";
    t.x = 1;
    equal(t.x, undefined);
    throws(() => { "use strict"; "text".length = 1; }, "TypeError");
    equal("b" in Object("b"), false);
    equal("abc".constructor, String);
    String.prototype.shout = function () { return this + "!"; };
    equal("hi".shout(), "hi!");
    delete String.prototype.shout;
});

test("escapes", () => {
    equal("\x41\u0042\u{43}\103", "ABCC".slice(0, 3) + "C");
    equal("a\
b", "ab");
    equal("\0".length, 1);
    equal('\v\f\b'.charCodeAt(2), 8);
    equal(escape("ä b"), "%E4%20b");
    equal(encodeURIComponent("a b&ü/"), "a%20b%26%C3%BC%2F");
    equal(encodeURI("a b&ü/"), "a%20b&%C3%BC/");
    equal(decodeURIComponent("%F0%9F%98%80"), "😀");
    equal(decodeURI("%2F%20"), "%2F ");
    throws(() => encodeURIComponent("\ud800"), "URIError");
    equal(btoa("hello"), "aGVsbG8=");
    equal(atob("aGVsbG8="), "hello");
});
