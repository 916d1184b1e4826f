// Generators, async generators and the iteration protocol.
const { test, equal, same, throws, rejects } = require("./check.js");

test("values in and out", () => {
    function* g(a) { const b = yield a + 1; const c = yield b * 2; return c; }
    const it = g(1);
    same(it.next(), { value: 2, done: false });
    same(it.next(10), { value: 20, done: false });
    same(it.next("end"), { value: "end", done: true });
    same(it.next(), { value: undefined, done: true });
    equal(it[Symbol.iterator](), it);
    equal(Object.prototype.toString.call(it), "[object Generator]");
});

test("return and throw from outside", () => {
    const log = [];
    function* g() { try { yield 1; yield 2; } catch (e) { log.push("caught " + e); yield 3; } finally { log.push("finally"); } }
    let it = g();
    it.next();
    same(it.return(9), { value: 9, done: true });
    it = g();
    it.next();
    same(it.throw("x"), { value: 3, done: false });
    same(it.next(), { value: undefined, done: true });
    same(log, ["finally", "caught x", "finally"]);
    throws(() => g().throw(new RangeError("r")), "RangeError");
    function* stubborn() { try { yield 1; } finally { yield "still"; } }
    it = stubborn();
    it.next();
    same(it.return(5), { value: "still", done: false });
    same(it.next(), { value: 5, done: true });
});

test("yield*", () => {
    function* inner() { const x = yield "a"; return x + "!"; }
    function* outer() { const r = yield* inner(); yield r; yield* [1, 2]; yield* "hi"; }
    const it = outer();
    equal(it.next().value, "a");
    equal(it.next("x").value, "x!");
    same([...it], [1, 2, "h", "i"]);
});

test("lazy and endless", () => {
    function* naturals() { let n = 0; while (true) yield n++; }
    function* take(n, it) { for (const x of it) { if (n-- <= 0) return; yield x; } }
    same([...take(4, naturals())], [0, 1, 2, 3]);
    const [a, b, ...none] = take(2, naturals());
    same([a, b, none], [0, 1, []]);
    const o = { *[Symbol.iterator]() { yield* Object.keys(this); }, x: 1, y: 2 };
    same([...o], ["x", "y"]);
});

test("iterators are closed when a loop is left", () => {
    const log = [];
    const make = () => ({
        n: 0,
        [Symbol.iterator]() { return this; },
        next() { return { value: this.n++, done: this.n > 5 }; },
        return() { log.push("closed"); return {}; },
    });
    for (const x of make()) if (x === 1) break;
    outer: for (const a of [1]) for (const x of make()) continue outer;
    (() => { for (const x of make()) return x; })();
    try { for (const x of make()) throw 1; } catch { }
    const [first] = make();
    const [...all] = make();
    equal(log.length, 5);
    equal(first, 0);
    same(all, [0, 1, 2, 3, 4]);
    throws(() => { for (const x of 5) { } }, "TypeError");
    throws(() => { const [x] = {}; }, "TypeError");
});

test("errors of iterators", () => {
    throws(() => { for (const x of { [Symbol.iterator]() { return 1; } }) { } }, "TypeError");
    throws(() => { for (const x of { [Symbol.iterator]() { return { next() { return 1; } }; } }) { } }, "TypeError");
    function* running() { it.next(); }
    const it = running();
    throws(() => it.next(), "TypeError");
});

test("async generators", async () => {
    async function* g() { const x = yield 1; yield x + 1; await null; return "r"; }
    const it = g();
    same(await it.next(), { value: 1, done: false });
    same(await it.next(5), { value: 6, done: false });
    same(await it.next(), { value: "r", done: true });
    const seen = [];
    for await (const x of (async function* () { yield* [1, 2]; yield Promise.resolve(3); })()) seen.push(x);
    same(seen, [1, 2, 3]);
    for await (const x of [Promise.resolve(4), 5]) seen.push(x);
    same(seen, [1, 2, 3, 4, 5]);
    await rejects((async () => { for await (const x of [Promise.reject(new TypeError("t"))]) { } })(), "TypeError");
    const queue = g();
    const both = await Promise.all([queue.next(), queue.next(1), queue.return("end")]);
    same(both.map((r) => r.value), [1, 2, "end"]);
});

test("for await closes", async () => {
    let closed = 0;
    const source = () => ({
        [Symbol.asyncIterator]() { return this; },
        async next() { return { value: 1, done: false }; },
        async return() { closed++; return {}; },
    });
    for await (const x of source()) break;
    try { for await (const x of source()) throw new Error("e"); } catch { }
    equal(closed, 2);
});
