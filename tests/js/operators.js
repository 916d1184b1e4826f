// Operators, coercion, truthiness, equality, optional chaining, BigInt.
const { test, equal, same, throws } = require("./check.js");

test("addition", () => {
    equal(1 + "2", "12");
    equal(true + 1, 2);
    equal([] + {}, "[object Object]");
    equal([1, 2] + [3], "1,23");
    equal(null + 1, 1);
    equal(undefined + 1, NaN);
    equal("a" + null + undefined, "anullundefined");
    equal(1 + { valueOf: () => 5, toString: () => "no" }, 6);
    equal("" + { [Symbol.toPrimitive]: (hint) => hint }, "default");
    equal(`${{ [Symbol.toPrimitive]: (hint) => hint }}`, "string");
    equal(+{ [Symbol.toPrimitive]: (hint) => (hint === "number" ? 7 : 0) }, 7);
    throws(() => Symbol() + "", "TypeError");
    equal(typeof (new Date(0) + 1), "string");
});

test("numbers from text", () => {
    equal(+"", 0);
    equal(+" 12 ", 12);
    equal(+"0x1F", 31);
    equal(+"0b101", 5);
    equal(+"1e3", 1000);
    equal(+"12px", NaN);
    equal(+[], 0);
    equal(+[5], 5);
    equal(+{}, NaN);
    equal("6" * "7", 42);
    equal("10" / 4, 2.5);
    equal("5" - 2, 3);
    equal(-"3", -3);
    equal(+"-Infinity", -Infinity);
    equal(+"1_000", NaN);
});

test("arithmetic", () => {
    equal(7 % -3, 1);
    equal(-7 % 3, -1);
    equal(-4 % 2, -0);
    equal(5.5 % 2, 1.5);
    equal(1 / 0, Infinity);
    equal(1 / -0, -Infinity);
    equal(0 / 0, NaN);
    equal(2 ** 10, 1024);
    equal((-2) ** 3, -8);
    equal(2 ** -1, 0.5);
    equal(2 ** 3 ** 2, 512);
    equal(0.1 + 0.2, 0.30000000000000004);
    equal(1 ** NaN, NaN);
    equal(9007199254740991 + 2, 9007199254740992);
});

test("bits", () => {
    equal(5 & 3, 1);
    equal(5 | 3, 7);
    equal(5 ^ 3, 6);
    equal(~5, -6);
    equal(1 << 31, -2147483648);
    equal(-1 >>> 0, 4294967295);
    equal(-8 >> 1, -4);
    equal(1 << 33, 2);
    equal(2.9 | 0, 2);
    equal(-2.9 | 0, -2);
    equal(2 ** 32 + 5 | 0, 5);
    equal("7" & 3, 3);
    equal(NaN | 0, 0);
    equal(~~"12", 12);
});

test("equality", () => {
    equal(null == undefined, true);
    equal(null == 0, false);
    equal("" == 0, true);
    equal("1" == 1, true);
    equal([1] == 1, true);
    equal(NaN == NaN, false);
    equal(NaN === NaN, false);
    equal(0 === -0, true);
    equal("a" === "a", true);
    equal({} == {}, false);
    equal(true == "1", true);
    equal("true" == true, false);
    equal([] == false, true);
    equal(null >= 0, true);
    equal(undefined == 0, false);
});

test("comparison", () => {
    equal("b" > "a", true);
    equal("10" < "9", true);
    equal("10" < 9, false);
    equal("a" < 1, false);
    equal("Z" < "a", true);
    equal(undefined < 1, false);
    equal([2] > 1, true);
    equal("\ud83d\ude00" < "\uffff", true);
    equal(null < 1, true);
    equal("a" < "aa", true);
});

test("truthiness and logic", () => {
    same([0, -0, NaN, "", null, undefined, false, 0n].filter(Boolean), []);
    same(["0", " ", [], {}, -1, Infinity].map((x) => !!x), [true, true, true, true, true, true]);
    equal(0 || "x", "x");
    equal("" && "x", "");
    equal(null ?? "d", "d");
    equal(0 ?? "d", 0);
    equal((false || null) ?? 1, 1);
    let a = null;
    a ??= 5;
    equal(a, 5);
    a &&= 0;
    equal(a, 0);
    a ||= "z";
    equal(a, "z");
    let evaluated = 0;
    const o = { get p() { evaluated++; return 1; } };
    o.p ||= evaluated++;
    equal(evaluated, 1);
});

test("optional chaining", () => {
    const o = { a: { b: () => 5, c: null }, f: null };
    equal(o?.a?.b?.(), 5);
    equal(o.x?.y.z.deep, undefined);
    equal(o.f?.(), undefined);
    equal(o.a?.["c"], null);
    equal(o.a.c?.d, undefined);
    let n = 0;
    o.x?.[n++];
    equal(n, 0);
    equal(delete o?.a?.c, true);
    equal("c" in o.a, false);
    throws(() => o.a.nothing(), "TypeError");
    throws(() => (o.x?.y).z, "TypeError");
    equal((o?.a).b(), 5);
});

test("increments and compound assignments", () => {
    let i = "5";
    equal(i++, 5);
    equal(i, 6);
    equal(--i, 5);
    const list = [1, 2, 3];
    let k = 0;
    list[k++] += 10;
    same([list, k], [[11, 2, 3], 1]);
    let s = "a";
    s += 1;
    s += null;
    equal(s, "a1null");
    let x = 10;
    x **= 2; x %= 7; x <<= 3; x |= 1; x ^= 2; x >>= 1; x >>>= 0; x &= 0xff;
    equal(x, 9);
    const o = { n: 1 };
    equal((o.n += 2, o.n *= 4, o.n), 12);
    equal(o["n"]++ + o.n, 25);
});

test("typeof, void, delete, in, instanceof, comma", () => {
    same([typeof undefined, typeof null, typeof 1, typeof "", typeof true, typeof Symbol(), typeof 1n, typeof {}, typeof (() => 1)],
        ["undefined", "object", "number", "string", "boolean", "symbol", "bigint", "object", "function"]);
    equal(typeof notDeclaredAnywhere, "undefined");
    equal(void 0, undefined);
    const o = { a: 1, b: undefined };
    same([delete o.a, "a" in o, "b" in o, "toString" in o], [true, false, true, true]);
    same([0 in [1], 1 in [1], "length" in []], [true, false, true]);
    throws(() => "x" in "text", "TypeError");
    equal([] instanceof Object, true);
    equal("s" instanceof String, false);
    class Even { static [Symbol.hasInstance](n) { return n % 2 === 0; } }
    equal(4 instanceof Even, true);
    equal((1, 2, 3), 3);
    throws(() => notDeclaredAnywhere, "ReferenceError", "notDeclaredAnywhere is not defined");
    throws(() => { "use strict"; delete Object.freeze({ a: 1 }).a; }, "TypeError");
});

test("BigInt", () => {
    equal(2n ** 64n, 18446744073709551616n);
    equal(7n / 2n, 3n);
    equal(-7n % 3n, -1n);
    equal(5n & 3n, 1n);
    equal(1n << 70n, 1180591620717411303424n);
    equal(10n > 9, true);
    equal(1n == 1, true);
    equal(1n === 1, false);
    equal(BigInt("0xff"), 255n);
    equal((255n).toString(16), "ff");
    equal(typeof 1n, "bigint");
    equal(String(123n), "123");
    equal(0n ? 1 : 2, 2);
    throws(() => 1n + 1, "TypeError");
    throws(() => 1n / 0n, "RangeError");
    throws(() => +1n, "TypeError");
    equal(Number(2n ** 53n), 9007199254740992);
});
