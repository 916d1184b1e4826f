// Map, Set, WeakMap, WeakSet, WeakRef.
const { test, equal, same, throws } = require("./check.js");

test("Map", () => {
    const m = new Map([["a", 1], [NaN, 2], [0, 3]]);
    equal(m.get(NaN), 2);
    equal(m.get(-0), 3);
    equal(m.size, 3);
    equal(m.set("b", 4), m);
    equal(m.has("b"), true);
    equal(m.delete("a"), true);
    equal(m.delete("a"), false);
    same([...m.keys()], [NaN, 0, "b"]);
    same([...m], [...m.entries()]);
    const o = {};
    m.set(o, "object");
    equal(m.get(o), "object");
    equal(m.get({}), undefined);
    const seen = [];
    m.forEach((v, k, all) => seen.push(v, all === m));
    same(seen, [2, true, 3, true, 4, true, "object", true]);
    m.clear();
    equal(m.size, 0);
    throws(() => Map(), "TypeError");
    throws(() => new Map([1]), "TypeError");
    equal(String(m), "[object Map]");
});

test("changed while walked", () => {
    const m = new Map([[1, 1], [2, 2], [3, 3]]);
    const seen = [];
    for (const [k] of m) {
        seen.push(k);
        if (k === 1) { m.delete(2); m.set(4, 4); }
        if (k === 3) { m.delete(1); m.set(1, 1); }
    }
    same(seen, [1, 3, 4, 1]);
    const it = new Set([1]).values();
    it.next();
    same(it.next(), { value: undefined, done: true });
});

test("Set", () => {
    const s = new Set("hello");
    same([...s], ["h", "e", "l", "o"]);
    equal(s.add("h"), s);
    equal(s.size, 4);
    equal(s.has("z"), false);
    same([...s.entries()][0], ["h", "h"]);
    same([...new Set([3, 1, 3, 2])].sort(), [1, 2, 3]);
    equal(s.delete("h"), true);
    equal([...s][0], "e");
    equal(new Set([NaN, NaN, 0, -0]).size, 2);
    equal(Set.prototype.keys, Set.prototype.values);
});

test("weak ones", () => {
    const key = {};
    const w = new WeakMap([[key, 1]]);
    equal(w.get(key), 1);
    equal(w.has({}), false);
    equal(w.delete(key), true);
    equal(w.get(key), undefined);
    throws(() => w.set("text", 1), "TypeError");
    const s = new WeakSet([key]);
    equal(s.has(key), true);
    throws(() => s.add(1), "TypeError");
    equal(new WeakRef(key).deref(), key);
});
