// Labels, switch, try/catch/finally, loops.
const { test, equal, same, throws } = require("./check.js");

test("labels", () => {
    const seen = [];
    outer: for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
            if (j === 1) continue outer;
            if (i === 2) break outer;
            seen.push(i + "" + j);
        }
    }
    same(seen, ["00", "10"]);
    block: { seen.push("in"); break block; seen.push("never"); }
    equal(seen.at(-1), "in");
    let n = 0;
    again: do { n++; for (; ;) { if (n < 3) continue again; break again; } } while (n < 5);
    equal(n, 3);
});

test("switch", () => {
    const f = (x) => {
        const log = [];
        switch (x) {
            case 1: log.push("one");
            case 2: log.push("two"); break;
            default: log.push("default");
            case 3: log.push("three"); break;
            case "1": log.push("text");
        }
        return log.join();
    };
    equal(f(1), "one,two");
    equal(f(2), "two");
    equal(f(9), "default,three");
    equal(f("1"), "text");
    equal(f(3), "three");
    const g = (x) => { switch (true) { case x > 10: return "big"; case x > 5: return "middle"; default: return "small"; } };
    same([g(11), g(6), g(1)], ["big", "middle", "small"]);
    let last = [];
    for (const x of [1, 2, 3]) { switch (x) { case 2: continue; } last.push(x); }
    same(last, [1, 3]);
    throws(() => { switch (1) { case 0: let early; break; case 1: early = 5; } }, "ReferenceError");
    switch (1) { case 1: let scoped = 5; equal(scoped, 5); }
});

test("try, catch, finally", () => {
    const log = [];
    const f = (how) => {
        try {
            if (how === "throw") throw new Error("t");
            if (how === "return") return "try";
            log.push("body");
        } catch (e) {
            log.push(e.message);
            return "catch";
        } finally {
            log.push("finally " + how);
        }
        return "after";
    };
    same([f("throw"), f("return"), f("none")], ["catch", "try", "after"]);
    same(log, ["t", "finally throw", "finally return", "body", "finally none"]);
    equal((() => { try { return 1; } finally { return 2; } })(), 2);
    equal((() => { for (; ;) { try { return 1; } finally { break; } } return 3; })(), 3);
    equal((() => { let i = 0; for (; i < 3; i++) { try { continue; } finally { if (i === 1) break; } } return i; })(), 1);
    throws(() => { try { throw new TypeError("a"); } finally { throw new RangeError("b"); } }, "RangeError");
    equal((() => { let x = 1; try { return x; } finally { x = 2; } })(), 1);
    try { throw 5; } catch (e) { equal(e, 5); }
    try { throw undefined; } catch (e) { equal(e, undefined); }
    try { throw null; } catch { log.push("no binding"); }
    equal(log.at(-1), "no binding");
});

test("for-in", () => {
    const parent = { inherited: 1 };
    const o = Object.create(parent, { hidden: { value: 1, enumerable: false } });
    o.b = 1; o[2] = 1; o[1] = 1; o.a = 1;
    const keys = [];
    for (const k in o) keys.push(k);
    same(keys, ["1", "2", "b", "a", "inherited"]);
    const indexes = [];
    for (const i in ["x", , "z"]) indexes.push(i);
    same(indexes, ["0", "2"]);
    for (const k in null) indexes.push(k);
    for (const k in undefined) indexes.push(k);
    equal(indexes.length, 2);
    const deleted = { a: 1, b: 2, c: 3 }, seen = [];
    for (const k in deleted) { seen.push(k); delete deleted.b; }
    same(seen, ["a", "c"]);
    for (var v in { last: 1 }) { }
    equal(v, "last");
    const letters = [];
    for (const k in "ab") letters.push(k);
    same(letters, ["0", "1"]);
});

test("for, while, do", () => {
    let s = "";
    for (let i = 0, j = 10; i < j; i += 3, j -= 3) s += i + ":" + j + " ";
    equal(s, "0:10 3:7 ");
    let n = 0;
    while (true) { if (++n > 4) break; if (n % 2) continue; s += n; }
    equal(s, "0:10 3:7 24");
    do n++; while (n < 3);
    equal(n, 6);
    for (const x of (function* () { yield 1; })()) n += x;
    equal(n, 7);
    const list = [1, 2, 3], seen = [];
    for (const x of list) { seen.push(x); if (x < 3) list.push(x + 10); }
    same(seen, [1, 2, 3, 11, 12]);
    equal((() => { for (let i = 0; ; i++) if (i * i > 50) return i; })(), 8);
});

test("errors", () => {
    const cause = new Error("inner");
    const e = new Error("outer", { cause });
    equal(e.cause, cause);
    equal(String(new TypeError("m")), "TypeError: m");
    equal(e instanceof Error, true);
    equal(typeof e.stack, "string");
    equal(e.stack.split("\n")[0], "Error: outer");
    same(Object.keys(e), []);
    equal(new AggregateError([1, 2], "many").errors.length, 2);
    equal(Object.prototype.toString.call(e), "[object Error]");
    equal(Error("called").message, "called");
    equal(new RangeError().message, "");
    throws(() => { function f() { f(); } f(); }, "RangeError");
    throws(() => new Array(-1), "RangeError");
    throws(() => (1.5).toFixed(101), "RangeError");
    throws(() => decodeURIComponent("%"), "URIError");
    throws(() => JSON.parse("{"), "SyntaxError");
});
