// Arrays: every method, holes, length, species, iteration.
const { test, equal, same, throws } = require("./check.js");

test("making", () => {
    same(Array.of(7), [7]);
    same(Array.from({ length: 3 }, (_, i) => i * i), [0, 1, 4]);
    same(Array.from("héy"), ["h", "é", "y"]);
    same(Array.from(new Set([1, 1, 2])), [1, 2]);
    equal(new Array(3).length, 3);
    same(Array(2), [, ,]);
    same(new Array(1, 2), [1, 2]);
    equal(Array.isArray([]) && !Array.isArray({ length: 0 }), true);
    same([...Array(2).keys()], [0, 1]);
});

test("length and holes", () => {
    const a = [1, 2, 3];
    a.length = 1;
    same(a, [1]);
    a[3] = 4;
    equal(a.length, 4);
    equal(1 in a, false);
    same(a.map((x) => x * 2), [2, , , 8]);
    let visited = 0;
    a.forEach(() => visited++);
    equal(visited, 2);
    same([...a], [1, undefined, undefined, 4]);
    same(a.indexOf(undefined), -1);
    equal(a.includes(undefined), true);
    delete a[0];
    equal(0 in a, false);
    equal([, 1].findIndex((x) => x === undefined), 0);
    equal(a["3"], 4);
    a.extra = 1;
    equal(a.length, 4);
    throws(() => { a.length = -1; }, "RangeError");
});

test("changing in place", () => {
    const a = [3, 1, 2];
    equal(a.push(4, 5), 5);
    equal(a.pop(), 5);
    equal(a.shift(), 3);
    equal(a.unshift(9, 8), 5);
    same(a, [9, 8, 1, 2, 4]);
    same(a.splice(1, 2, "x", "y", "z"), [8, 1]);
    same(a, [9, "x", "y", "z", 2, 4]);
    same(a.splice(-2), [2, 4]);
    same(a.reverse(), ["z", "y", "x", 9]);
    same([1, 2, 3, 4, 5].copyWithin(0, 3), [4, 5, 3, 4, 5]);
    same([1, 2, 3].fill(0, 1), [1, 0, 0]);
    same([].concat(1, [2], [[3]]), [1, 2, [3]]);
    equal([].pop(), undefined);
});

test("sorting", () => {
    same([10, 9, 1].sort(), [1, 10, 9]);
    same([10, 9, 1].sort((a, b) => a - b), [1, 9, 10]);
    same([3, undefined, 1, , 2].sort(), [1, 2, 3, undefined, ,]);
    const people = [["a", 2], ["b", 1], ["c", 2], ["d", 1]];
    same(people.sort((x, y) => x[1] - y[1]).map((p) => p[0]).join(""), "bdac");
    same(["b", "a", "C"].sort(), ["C", "a", "b"]);
    same([3, 1, 2].toSorted(), [1, 2, 3]);
    same([1, 2, 3].toReversed(), [3, 2, 1]);
    same([1, 2, 3].toSpliced(1, 1), [1, 3]);
    same([1, 2, 3].with(-1, 9), [1, 2, 9]);
    throws(() => [1, 2].sort("no"), "TypeError");
});

test("looking", () => {
    const a = [5, 12, 8, 130, 44];
    equal(a.find((x) => x > 10), 12);
    equal(a.findIndex((x) => x > 10), 1);
    equal(a.findLast((x) => x > 10), 44);
    equal(a.findLastIndex((x) => x > 1000), -1);
    equal(a.indexOf(8), 2);
    equal(a.lastIndexOf(8, 1), -1);
    equal([NaN].includes(NaN), true);
    equal([NaN].indexOf(NaN), -1);
    equal(a.at(-2), 130);
    equal(a.some((x) => x > 100), true);
    equal(a.every((x) => x > 10), false);
    equal([].every(() => false), true);
});

test("making new ones", () => {
    same([1, 2, 3, 4].filter((x) => x % 2), [1, 3]);
    same([1, 2, 3].map(String), ["1", "2", "3"]);
    same(["1", "2", "3"].map(Number), [1, 2, 3]);
    same(["1", "2", "3"].map(parseInt), [1, NaN, NaN]);
    same([1, 2, 3, 4].slice(1, -1), [2, 3]);
    same([[1, [2]], [3]].flat(), [1, [2], 3]);
    same([[1, [2, [3]]]].flat(Infinity), [1, 2, 3]);
    same([1, 2].flatMap((x) => [x, x * 10]), [1, 10, 2, 20]);
    equal([1, null, undefined, [2, 3]].join("-"), "1---2,3");
    equal([1, 2, 3].reduce((a, b) => a + b), 6);
    equal([[1], [2]].reduceRight((a, b) => a.concat(b)).join(), "2,1");
    throws(() => [].reduce((a, b) => a), "TypeError");
    same([..."ab"].entries().next(), { value: [0, "a"], done: false });
    equal([1, [2, [3, null]]].toString(), "1,2,3,");
    same([1, 2, 3].map(function (x) { return x * this.k; }, { k: 3 }), [3, 6, 9]);
});

test("array-likes", () => {
    same(Array.prototype.map.call("ab", (x) => x + x), ["aa", "bb"]);
    const like = { length: 2, 0: "a", 1: "b" };
    equal(Array.prototype.join.call(like, "+"), "a+b");
    equal(Array.prototype.push.call(like, "c"), 3);
    equal(like[2], "c");
    same(Array.prototype.slice.call(like, 1), ["b", "c"]);
    same([].concat({ length: 1, 0: "s", [Symbol.isConcatSpreadable]: true }), ["s"]);
});
