// Destructuring of objects and arrays, in declarations, assignments, parameters, loops.
const { test, equal, same, throws } = require("./check.js");

test("objects", () => {
    const { a, b: renamed, c = 3, d: { e = 5 } = {}, ...rest } = { a: 1, b: 2, x: 8, y: 9 };
    same([a, renamed, c, e, rest], [1, 2, 3, 5, { x: 8, y: 9 }]);
    const key = "k";
    const { [key + 1]: computed, "quoted-name": q, 0: zero } = { k1: "v", "quoted-name": "q", 0: "z" };
    same([computed, q, zero], ["v", "q", "z"]);
    const { length } = "four";
    equal(length, 4);
    const { f = 1 } = { f: null };
    equal(f, null);
    throws(() => { const { x } = null; }, "TypeError");
    throws(() => { const { x } = undefined; }, "TypeError");
    throws(() => { (({ x: { y } }) => y)({}); }, "TypeError");
});

test("arrays", () => {
    const [a, , b = 2, [c, d = 4] = [3], ...rest] = [1, "skipped", undefined, undefined, 5, 6];
    same([a, b, c, d, rest], [1, 2, 3, 4, [5, 6]]);
    const [x, y] = "é→";
    same([x, y], ["é", "→"]);
    const [first, ...[second, ...more]] = [1, 2, 3, 4];
    same([first, second, more], [1, 2, [3, 4]]);
    const [m] = new Map([["k", 1]]);
    same(m, ["k", 1]);
    throws(() => { const [z] = 5; }, "TypeError");
});

test("assignments", () => {
    let a = 1, b = 2;
    [a, b] = [b, a];
    same([a, b], [2, 1]);
    const o = {}, list = [];
    ({ p: o.x, q: list[0] = "default" } = { p: 1 });
    same([o, list], [{ x: 1 }, ["default"]]);
    const source = { s: 1 };
    equal(({ s: a } = source), source);
    [o.y, ...o.z] = [1, 2, 3];
    same(o, { x: 1, y: 1, z: [2, 3] });
    for ([a, b] of [[5, 6]]) { }
    same([a, b], [5, 6]);
});

test("parameters", () => {
    const f = ({ a, b = a } = {}, [c] = [7], ...[d, e]) => [a, b, c, d, e];
    same(f(), [undefined, undefined, 7, undefined, undefined]);
    same(f({ a: 1 }, "x", 2, 3), [1, 1, "x", 2, 3]);
    equal((({ n }) => n).length, 1);
    same([[1, 2], [3, 4]].map(([x, y]) => x + y), [3, 7]);
    same(Object.entries({ a: 1 }).map(([k, v]) => k + v), ["a1"]);
});

test("order of evaluation", () => {
    const log = [];
    const at = (name, v) => (log.push(name), v);
    const { [at("k1", "a")]: x = at("d1", 1), [at("k2", "b")]: y = at("d2", 2) } = { b: 5 };
    same(log, ["k1", "d1", "k2"]);
    same([x, y], [1, 5]);
    let n = 0;
    const [p = ++n, q = ++n] = [9];
    same([p, q, n], [9, 1, 1]);
});

test("loops and catch", () => {
    const sums = [];
    for (const { a, b: [c] } of [{ a: 1, b: [2] }, { a: 3, b: [4] }]) sums.push(a + c);
    same(sums, [3, 7]);
    try { throw { code: 5, detail: ["d"] }; } catch ({ code, detail: [d] }) { same([code, d], [5, "d"]); }
    for (const [i, v] of ["x", "y"].entries()) sums.push(i + v);
    same(sums, [3, 7, "0x", "1y"]);
    const fs = [];
    for (let { length: n } of ["a", "bb"]) fs.push(() => n);
    same(fs.map((f) => f()), [1, 2]);
});
