// Number, Math, parsing and formatting.
const { test, equal, same, throws } = require("./check.js");

test("text of numbers", () => {
    same([1e21, 1e-7, 123456789012345680000, 0.000001, -0, 1 / 3, 100, 5e-324].map(String),
        ["1e+21", "1e-7", "123456789012345680000", "0.000001", "0", "0.3333333333333333", "100", "5e-324"]);
    equal((255).toString(16), "ff");
    equal((0.5).toString(2), "0.1");
    equal((-255).toString(36), "-73");
    equal((1.005).toFixed(2), "1.00");
    equal((1234.5678).toFixed(1), "1234.6");
    equal((0).toFixed(2), "0.00");
    equal((1e21).toFixed(2), "1e+21");
    equal((123.456).toPrecision(4), "123.5");
    equal((0.00001).toPrecision(1), "0.00001");
    equal((123456).toExponential(2), "1.23e+5");
    equal((25).toString(2), "11001");
    throws(() => (1).toString(1), "RangeError");
    equal((1234567.891).toLocaleString("en-US"), "1,234,567.891");
});

test("parsing", () => {
    equal(parseInt("12px"), 12);
    equal(parseInt("0x1f"), 31);
    equal(parseInt("101", 2), 5);
    equal(parseInt("z", 36), 35);
    equal(parseInt(""), NaN);
    equal(parseInt(" -7.9"), -7);
    equal(parseFloat("3.14abc"), 3.14);
    equal(parseFloat(".5"), 0.5);
    equal(parseFloat("-.5e-2x"), -0.005);
    equal(parseFloat("Infinityx"), Infinity);
    equal(Number(""), 0);
    equal(Number("12a"), NaN);
    equal(Number(null), 0);
    equal(Number([7]), 7);
    equal(Number(new Date(5)), 5);
    equal(Number(), 0);
});

test("Number", () => {
    equal(Number.isInteger(5.0), true);
    equal(Number.isInteger("5"), false);
    equal(Number.isSafeInteger(2 ** 53), false);
    equal(Number.isNaN("x"), false);
    equal(isNaN("x"), true);
    equal(isFinite("5"), true);
    equal(Number.isFinite("5"), false);
    equal(Number.MAX_SAFE_INTEGER, 9007199254740991);
    equal(Number.EPSILON, 2 ** -52);
    equal(Number.MIN_VALUE, 5e-324);
    equal(Number.parseFloat, parseFloat);
    equal(typeof new Number(1), "object");
    equal(0b101 + 0o17 + 0xff + 1_000, 1275);
});

test("Math", () => {
    equal(Math.max(), -Infinity);
    equal(Math.max(1, "3", 2), 3);
    equal(Math.max(1, NaN), NaN);
    equal(Math.min(0, -0), -0);
    equal(Math.round(2.5), 3);
    equal(Math.round(-2.5), -2);
    equal(Math.round(-0.2), -0);
    equal(Math.round(0.49999999999999994), 0);
    equal(Math.trunc(-4.7), -4);
    equal(Math.sign(-3), -1);
    equal(Math.hypot(3, 4), 5);
    equal(Math.cbrt(27), 3);
    equal(Math.clz32(1), 31);
    equal(Math.imul(0xffffffff, 5), -5);
    equal(Math.fround(5.5), 5.5);
    equal(Math.log2(8), 3);
    equal(Math.log10(1000), 3);
    equal(Math.atan2(1, 1), Math.PI / 4);
    equal(Math.pow(2, 0.5), Math.SQRT2);
    equal(Math.ceil(-0.5), -0);
    equal(Math.abs("-5"), 5);
    const r = Math.random();
    equal(r >= 0 && r < 1, true);
    equal(Object.prototype.toString.call(Math), "[object Math]");
});
