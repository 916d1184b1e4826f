// Objects: literals, accessors, order, prototypes, descriptors, Object's methods, symbols.
const { test, equal, same, throws } = require("./check.js");

test("literals", () => {
    const a = 1, name = "dyn";
    const o = { a, [name + 1]: 2, "with space": 3, 4: 5, m() { return this.a; }, get g() { return this.a + 1; }, set g(v) { this.a = v; }, ...{ spread: 6 } };
    same(Object.keys(o), ["4", "a", "dyn1", "with space", "m", "g", "spread"]);
    equal(o.m(), 1);
    o.g = 10;
    equal(o.g, 11);
    same({ ...null, ...[1, 2], ..."hi" }, { 0: "h", 1: "i" });
    same({ a: 1, ...{ a: 2 }, a: 3 }, { a: 3 });
    const getter = { ...{ get x() { return 5; } } };
    equal(Object.getOwnPropertyDescriptor(getter, "x").value, 5);
});

test("order of keys", () => {
    const o = { b: 1, 10: 1, a: 1, 2: 1, [Symbol("s")]: 1, "-1": 1, "01": 1 };
    same(Object.keys(o), ["2", "10", "b", "a", "-1", "01"]);
    delete o.b;
    o.b = 2;
    same(Object.keys(o), ["2", "10", "a", "-1", "01", "b"]);
    equal(Reflect.ownKeys(o).length, 7);
});

test("prototypes", () => {
    const p = { kind: "p" };
    const o = Object.create(p);
    equal(o.kind, "p");
    equal(Object.getPrototypeOf(o), p);
    equal(p.isPrototypeOf(o), true);
    o.kind = "own";
    equal(p.kind, "p");
    equal(delete o.kind && o.kind, "p");
    Object.setPrototypeOf(o, { kind: "other" });
    equal(o.kind, "other");
    const bare = Object.create(null);
    equal("toString" in bare, false);
    throws(() => String(bare), "TypeError");
    function F() { }
    F.prototype.shared = [];
    equal(new F().shared, new F().shared);
    equal(new F().constructor, F);
    throws(() => Object.setPrototypeOf(p, o) && Object.setPrototypeOf(Object.getPrototypeOf(o), o), "TypeError");
});

test("descriptors", () => {
    const o = {};
    Object.defineProperty(o, "x", { value: 1 });
    same(Object.getOwnPropertyDescriptor(o, "x"), { value: 1, writable: false, enumerable: false, configurable: false });
    o.x = 2;
    equal(o.x, 1);
    throws(() => { "use strict"; o.x = 2; }, "TypeError");
    throws(() => Object.defineProperty(o, "x", { value: 2 }), "TypeError");
    Object.defineProperties(o, { y: { get: () => 5, configurable: true, enumerable: true }, z: { value: 1, writable: true } });
    same(Object.keys(o), ["y"]);
    same(Object.getOwnPropertyNames(o), ["x", "y", "z"]);
    equal(o.propertyIsEnumerable("z"), false);
    throws(() => Object.defineProperty({}, "a", { get() { }, value: 1 }), "TypeError");
    equal(delete o.y, true);
    equal(delete o.x, false);
});

test("freezing", () => {
    const o = Object.freeze({ a: 1, deep: { b: 2 } });
    o.a = 5;
    o.c = 1;
    delete o.a;
    same(o, { a: 1, deep: { b: 2 } });
    o.deep.b = 3;
    equal(o.deep.b, 3);
    equal(Object.isFrozen(o), true);
    const sealed = Object.seal({ a: 1 });
    sealed.a = 2;
    sealed.b = 1;
    same(sealed, { a: 2 });
    equal(Object.isSealed(sealed), true);
    const fixed = Object.preventExtensions({ a: 1 });
    throws(() => { "use strict"; fixed.b = 1; }, "TypeError");
    equal(Object.isExtensible(fixed), false);
    throws(() => { "use strict"; Object.freeze([1]).push(2); }, "TypeError");
});

test("methods of Object", () => {
    same(Object.entries({ a: 1, b: 2 }), [["a", 1], ["b", 2]]);
    same(Object.values("ab"), ["a", "b"]);
    same(Object.fromEntries([["a", 1], ["b", 2]]), { a: 1, b: 2 });
    same(Object.fromEntries(new Map([["k", "v"]])), { k: "v" });
    same(Object.assign({ a: 1 }, null, { b: 2 }, "x"), { 0: "x", a: 1, b: 2 });
    equal(Object.is(NaN, NaN), true);
    equal(Object.is(0, -0), false);
    equal(Object.hasOwn({ a: 1 }, "a"), true);
    equal({ a: 1 }.hasOwnProperty("toString"), false);
    equal(typeof Object(1), "object");
    equal(Object(1) + 1, 2);
    equal(String({}), "[object Object]");
    equal(String([1, [2, 3]]), "1,2,3");
    equal({}.toString.call(null), "[object Null]");
    equal(`${{ toString: () => "custom" }}`, "custom");
    class Tagged { get [Symbol.toStringTag]() { return "T"; } }
    equal(String(new Tagged()), "[object T]");
});

test("symbols", () => {
    const s = Symbol("d");
    const o = { [s]: 1, a: 2 };
    equal(o[s], 1);
    same(Object.keys(o), ["a"]);
    equal(Object.getOwnPropertySymbols(o)[0], s);
    equal(s.toString(), "Symbol(d)");
    equal(s.description, "d");
    equal(Symbol("d") === s, false);
    equal(Symbol.for("k"), Symbol.for("k"));
    equal(Symbol.keyFor(Symbol.for("k")), "k");
    equal(JSON.stringify(o), '{"a":2}');
    throws(() => new Symbol(), "TypeError");
    throws(() => `${s}`, "TypeError");
    equal(Symbol().description, undefined);
    equal(Object(s).description, "d");
    const odd = { [Symbol.toPrimitive](hint) { return hint === "number" ? 42 : hint; } };
    same([+odd, `${odd}`, odd + ""], [42, "string", "default"]);
});

test("Reflect", () => {
    equal(Reflect.has({ a: 1 }, "a"), true);
    equal(Reflect.get({ get x() { return this.y; } }, "x", { y: 7 }), 7);
    const o = {};
    equal(Reflect.set(o, "a", 1), true);
    equal(Reflect.defineProperty(Object.freeze({}), "x", { value: 1 }), false);
    same(Reflect.ownKeys({ b: 1, a: 2 }), ["b", "a"]);
    equal(Reflect.apply(Math.max, null, [1, 3]), 3);
    class A { constructor(x) { this.x = x; } }
    equal(Reflect.construct(A, [4]).x, 4);
    equal(Reflect.getPrototypeOf([]), Array.prototype);
});
