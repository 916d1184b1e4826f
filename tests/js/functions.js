// Functions of every kind: parameters, closures, `this`, `arguments`, names and lengths.
const { test, equal, same, throws } = require("./check.js");

test("default parameters see those before them", () => {
    const f = (a, b = a + 1, c = a + b) => [a, b, c];
    same(f(1), [1, 2, 3]);
    same(f(1, 5), [1, 5, 6]);
    same(f(1, undefined, 0), [1, 2, 0]);
    same(f(1, null), [1, null, 1]);
    let calls = 0;
    const g = (x = ++calls) => x;
    g(); g(7); g();
    equal(calls, 2);
});

test("rest and spread", () => {
    function f(first, ...others) { return [first, others]; }
    same(f(), [undefined, []]);
    same(f(1, 2, 3), [1, [2, 3]]);
    same(f(...[1, ...[2, 3]], 4), [1, [2, 3, 4]]);
    same([..."héé"], ["h", "é", "é"]);
    equal(Math.max(...[3, 9, 2]), 9);
    same(f(...new Set([1, 1, 2])), [1, [2]]);
});

test("closures over loop variables", () => {
    const fs = [];
    for (let i = 0; i < 3; i++) fs.push(() => i);
    same(fs.map((f) => f()), [0, 1, 2]);
    const gs = [];
    for (var j = 0; j < 3; j++) gs.push(() => j);
    same(gs.map((f) => f()), [3, 3, 3]);
    const hs = [];
    for (const k of ["a", "b"]) hs.push(() => k);
    same(hs.map((f) => f()), ["a", "b"]);
    const ks = [];
    for (const key in { x: 1, y: 2 }) ks.push(() => key);
    same(ks.map((f) => f()), ["x", "y"]);
});

test("loop heads have bindings of their own", () => {
    const fs = [];
    for (let i = 0, step = () => i++; i < 3; i++) fs.push(() => i);
    same(fs.map((f) => f()), [0, 1, 2]);
    const heads = [];
    for (let i = (heads.push(() => i), 0); i < 2; i++) heads.push(() => i);
    same(heads.map((f) => f()), [0, 0, 1]);
    let x = "outer";
    throws(() => { for (let x of [x]) { } }, "ReferenceError");
    throws(() => { for (const x in { a: x }) { } }, "ReferenceError");
    equal(x, "outer");
});

test("this", () => {
    const o = { n: 1, plain() { return this.n; }, arrow() { return (() => this.n)(); } };
    equal(o.plain(), 1);
    equal(o.arrow(), 1);
    equal((0, o.plain).call({ n: 2 }), 2);
    const taken = { m() { "use strict"; return this; } }.m;
    equal(taken(), undefined);
    function strict() { "use strict"; return this; }
    equal(strict(), undefined);
    equal(strict.call(5), 5);
    function sloppy() { return typeof this; }
    equal(sloppy.call(5), "object");
    equal(sloppy(), "object");
});

test("arguments", () => {
    function f() { return arguments.length + ":" + Array.prototype.join.call(arguments, "-"); }
    equal(f(), "0:");
    equal(f(1, 2), "2:1-2");
    function g(a) { a = 9; return arguments[0]; }
    equal(g(1), 9);
    function h(a) { arguments[0] = 8; return a; }
    equal(h(1), 8);
    function s(a) { "use strict"; a = 9; return arguments[0]; }
    equal(s(1), 1);
    function d(a, b = 2) { a = 9; return arguments[0]; }
    equal(d(1), 1);
    function i() { return [...arguments]; }
    same(i(1, 2), [1, 2]);
    function k() { return (() => arguments[0])(7); }
    equal(k(5), 5);
    equal(Object.prototype.toString.call((function () { return arguments; })()), "[object Arguments]");
    function m(a, b) { return [arguments.length, b]; }
    same(m(1), [1, undefined]);
    function n(a) { delete arguments[0]; arguments[0] = 5; return a; }
    equal(n(1), 1);
});

test("names and lengths", () => {
    function declared(a, b) { }
    equal(declared.name, "declared");
    equal(declared.length, 2);
    const named = () => { };
    equal(named.name, "named");
    equal(({ method() { } }).method.name, "method");
    equal(({ ["a" + 1]: () => { } }).a1.name, "a1");
    equal(((a, b = 1, c) => { }).length, 1);
    equal(((...all) => { }).length, 0);
    equal(Object.getOwnPropertyDescriptor({ get x() { return 1; } }, "x").get.name, "get x");
    equal((function () { }).bind().name, "bound ");
    equal(declared.bind(null, 1).length, 1);
    let assigned;
    assigned = function () { };
    equal(assigned.name, "assigned");
});

test("call, apply, bind", () => {
    function f(a, b) { return [this.v, a, b]; }
    same(f.call({ v: 1 }, 2, 3), [1, 2, 3]);
    same(f.apply({ v: 1 }, [2]), [1, 2, undefined]);
    same(f.apply({ v: 1 }, { length: 2, 0: "x", 1: "y" }), [1, "x", "y"]);
    same(f.bind({ v: 5 }, 6)(7), [5, 6, 7]);
    function P(x) { this.x = x; }
    const B = P.bind(null, 4);
    equal(new B().x, 4);
    equal(new B() instanceof P, true);
});

test("recursion, hoisting, expressions with a name", () => {
    equal(before(), "hoisted");
    function before() { return "hoisted"; }
    equal(typeof later, "undefined");
    var later = 1;
    const factorial = function self(n) { return n < 2 ? 1 : n * self(n - 1); };
    equal(factorial(10), 3628800);
    equal((function fn() { return typeof fn; })(), "function");
    throws(() => tooEarly, "ReferenceError");
    let tooEarly = 1;
    throws(() => { const c = 1; c = 2; }, "TypeError");
});

test("new.target and constructors", () => {
    function F() { return new.target === F; }
    equal(F(), false);
    function G() { this.made = new.target === G; }
    equal(new G().made, true);
    function R() { return { other: 1 }; }
    same(new R(), { other: 1 });
    function N() { this.a = 1; return 5; }
    same(new N(), { a: 1 });
    throws(() => new (() => { })(), "TypeError");
    throws(() => new ({ m() { } }).m(), "TypeError");
    throws(() => { undefined(); }, "TypeError");
    throws(() => { const o = {}; o.missing(); }, "TypeError");
    throws(() => { null.x; }, "TypeError", "Cannot read properties of null (reading 'x')");
});
