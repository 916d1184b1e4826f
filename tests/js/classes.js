// Classes: fields, accessors, private names, inheritance, super, static blocks.
const { test, equal, same, throws } = require("./check.js");

test("fields and methods", () => {
    class A {
        x = 1;
        y = this.x + 1;
        ["z" + 1] = 3;
        empty;
        method() { return this.x + this.y; }
    }
    const a = new A();
    equal(a.method(), 3);
    equal(a.z1, 3);
    same(Object.keys(a), ["x", "y", "z1", "empty"]);
    same(Object.keys(A.prototype), []);
    equal(typeof A, "function");
    throws(() => A(), "TypeError", "Class constructor A cannot be invoked without 'new'");
});

test("static members and blocks", () => {
    class Counter {
        static count = 0;
        static #step = 2;
        static next() { this.count += Counter.#step; return this.count; }
        static { this.ready = this.count === 0; }
        static get doubled() { return this.count * 2; }
    }
    equal(Counter.next(), 2);
    equal(Counter.next(), 4);
    equal(Counter.doubled, 8);
    equal(Counter.ready, true);
});

test("accessors", () => {
    class T {
        #celsius = 0;
        get fahrenheit() { return this.#celsius * 9 / 5 + 32; }
        set fahrenheit(f) { this.#celsius = (f - 32) * 5 / 9; }
        get only() { return 1; }
    }
    const t = new T();
    t.fahrenheit = 212;
    equal(t.fahrenheit, 212);
    throws(() => { "use strict"; t.only = 2; }, "TypeError");
    equal("fahrenheit" in t, true);
    equal(Object.hasOwn(t, "fahrenheit"), false);
});

test("private names", () => {
    class P {
        #v = 1;
        #m() { return this.#v; }
        get #a() { return this.#m() + 10; }
        set #a(v) { this.#v = v; }
        read() { return [this.#v, this.#m(), this.#a]; }
        write(v) { this.#a = v; this.#v++; }
        static has(o) { return #v in o; }
        static steal(o) { return o.#v; }
    }
    const p = new P();
    same(p.read(), [1, 1, 11]);
    p.write(4);
    same(p.read(), [5, 5, 15]);
    equal(P.has(p), true);
    equal(P.has({}), false);
    throws(() => P.steal({}), "TypeError");
    same(Object.keys(p), []);
    equal(JSON.stringify(p), "{}");
});

test("inheritance and super", () => {
    class A {
        constructor(n) { this.n = n; }
        hi() { return "A" + this.n; }
        static make(...args) { return new this(...args); }
        get tag() { return "tag" + this.n; }
    }
    class B extends A {
        constructor(n) { super(n * 2); this.b = true; }
        hi() { return "B" + super.hi(); }
        get tag() { return super.tag + "!"; }
    }
    const b = B.make(2);
    equal(b.hi(), "BA4");
    equal(b.tag, "tag4!");
    equal(b instanceof A, true);
    equal(Object.getPrototypeOf(B), A);
    equal(b.constructor.name, "B");
    class C extends B { }
    equal(new C(5).hi(), "BA10");
    class D extends A { constructor() { } }
    throws(() => new D(), "ReferenceError");
    class N extends null { static s() { return 1; } }
    equal(N.s(), 1);
    throws(() => { class X extends 5 { } }, "TypeError");
});

test("built-ins as parents", () => {
    class Stack extends Array { top() { return this[this.length - 1]; } }
    const s = Stack.from([1, 2, 3]);
    equal(s.top(), 3);
    equal(s.map((x) => x * 2) instanceof Stack, true);
    class Missing extends Error {
        constructor(what) { super("no " + what); this.name = "Missing"; this.what = what; }
    }
    const e = new Missing("file");
    equal(e instanceof Error, true);
    equal(String(e), "Missing: no file");
    equal(e.what, "file");
    class Registry extends Map { add(k) { return this.set(k, this.size); } }
    same([...new Registry().add("a").add("b")], [["a", 0], ["b", 1]]);
});

test("expressions, names, computed members", () => {
    const K = class Inner { who() { return Inner.name; } };
    equal(new K().who(), "Inner");
    const Anonymous = class { };
    equal(Anonymous.name, "Anonymous");
    const key = Symbol("key");
    class M { [key]() { return 1; } static ["s" + 1]() { return 2; } *gen() { yield 1; } async later() { return 3; } }
    equal(new M()[key](), 1);
    equal(M.s1(), 2);
    same([...new M().gen()], [1]);
    equal(new M().later() instanceof Promise, true);
    throws(() => { new Late(); class Late { } }, "ReferenceError");
});

test("order of initialisation", () => {
    const log = [];
    const say = (x) => (log.push(x), x);
    class A {
        static [say("key1")] = say("static1");
        [say("key2")] = say("field");
        constructor() { say("constructor"); }
    }
    new A();
    same(log, ["key1", "key2", "static1", "field", "constructor"]);
    class Base { constructor() { this.seen = this.field; } }
    class Sub extends Base { field = 1; }
    equal(new Sub().seen, undefined);
    equal(new Sub().field, 1);
});

test("super in object literals", () => {
    const base = { hi() { return "base " + this.n; } };
    const o = { __proto__: base, n: 1, hi() { return "o " + super.hi(); } };
    equal(o.hi(), "o base 1");
    equal(Object.getPrototypeOf(o), base);
});
