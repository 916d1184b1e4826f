// Promises, async functions, and the order of microtasks and timers.
const { test, equal, same, rejects } = require("./check.js");

const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

test("order of jobs", async () => {
    const log = [];
    setTimeout(() => log.push("timer"), 0);
    queueMicrotask(() => log.push("micro1"));
    Promise.resolve().then(() => log.push("then1")).then(() => log.push("then2"));
    (async () => { log.push("async"); await null; log.push("awaited"); })();
    log.push("sync");
    await tick();
    await tick();
    same(log, ["async", "sync", "micro1", "then1", "awaited", "then2", "timer"]);
});

test("returning a promise takes longer", async () => {
    const log = [];
    const a = async () => { await null; log.push("a"); };
    const b = async () => Promise.resolve().then(() => log.push("b"));
    const c = (async () => { await (async () => Promise.resolve("x"))(); log.push("c"); })();
    await Promise.all([a(), b(), c]);
    same(log, ["a", "b", "c"]);
    const order = [];
    Promise.resolve().then(() => Promise.resolve()).then(() => order.push("late"));
    Promise.resolve().then(() => 0).then(() => order.push(1)).then(() => order.push(2)).then(() => order.push(3));
    await tick();
    same(order, [1, 2, "late", 3]);
});

test("states and chains", async () => {
    equal(await Promise.resolve(1).then((x) => x + 1), 2);
    equal(await Promise.reject(new Error("x")).catch((e) => e.message), "x");
    equal(await Promise.resolve(1).finally(() => 5), 1);
    await rejects(Promise.resolve(1).finally(() => { throw new RangeError("f"); }), "RangeError");
    await rejects(Promise.resolve().then(() => null.x), "TypeError");
    equal(await Promise.resolve(3).then(null, () => 4), 3);
    equal(await { then(resolve) { resolve("thenable"); } }, "thenable");
    const p = new Promise((resolve, reject) => { resolve(1); reject(2); resolve(3); throw 4; });
    equal(await p, 1);
    equal(Promise.resolve(p), p);
    const self = new Promise((resolve) => setTimeout(() => resolve(self), 0));
    await rejects(self, "TypeError");
});

test("combinators", async () => {
    same(await Promise.all([1, Promise.resolve(2), { then(f) { f(3); } }]), [1, 2, 3]);
    same(await Promise.all([]), []);
    await rejects(Promise.all([1, Promise.reject(new TypeError("t"))]), "TypeError");
    same(await Promise.allSettled([1, Promise.reject(2)]), [{ status: "fulfilled", value: 1 }, { status: "rejected", reason: 2 }]);
    equal(await Promise.race([new Promise(() => { }), Promise.resolve("fast")]), "fast");
    equal(await Promise.any([Promise.reject(1), Promise.resolve(2)]), 2);
    await rejects(Promise.any([Promise.reject(1)]), "AggregateError");
});

test("async functions", async () => {
    const f = async (x) => { if (x < 0) throw new RangeError("negative"); return x * 2; };
    equal(await f(4), 8);
    await rejects(f(-1), "RangeError");
    const log = [];
    const g = async () => { try { await Promise.reject(new Error("e")); } catch (e) { log.push(e.message); return "caught"; } finally { log.push("finally"); } };
    equal(await g(), "caught");
    same(log, ["e", "finally"]);
    const parts = [];
    for (const x of [1, 2, 3]) parts.push(await Promise.resolve(x * 10));
    same(parts, [10, 20, 30]);
    class A { async m() { return this.v; } static async s() { return "s"; } v = 7; }
    same([await new A().m(), await A.s()], [7, "s"]);
    const o = { async *gen() { yield await 1; } };
    for await (const x of o.gen()) equal(x, 1);
    const sequence = await [1, 2].reduce(async (sum, x) => (await sum) + x, 0);
    equal(sequence, 3);
    equal((await Promise.all([1, 2].map(async (x) => x + 1))).join(), "2,3");
    equal(Object.prototype.toString.call(f), "[object AsyncFunction]");
});

test("timers", async () => {
    const log = [];
    const stopped = setTimeout(() => log.push("never"), 0);
    clearTimeout(stopped);
    setTimeout((a, b) => log.push(a + b), 1, "x", "y");
    setImmediate(() => log.push("immediate"));
    let n = 0;
    await new Promise((resolve) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); resolve(); } }, 1); });
    equal(n, 3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    same(log.sort(), ["immediate", "xy"]);
});
