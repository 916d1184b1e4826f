// ES modules: imports and exports of every form, live bindings, dynamic import.
import check, { test, equal, same } from "./check.js";
import * as parts from "./parts/exports.mjs";
import theDefault, { count, grow, renamed as other, default as again } from "./parts/exports.mjs";
import { count as through } from "./parts/again.mjs";
import { readFileSync } from "node:fs";
import path from "path";

test("named, default and renamed", () => {
    equal(theDefault(), "default");
    equal(again, theDefault);
    equal(other, "original");
    equal(typeof check.test, "function");
    equal(path.basename("/a/b.c"), "b.c");
    equal(typeof readFileSync, "function");
});

test("live bindings", () => {
    const before = count;
    grow();
    equal(count, before + 1);
    equal(parts.count, before + 1);
    equal(through, before + 1);
});

test("namespaces", () => {
    same(Object.keys(parts), ["Made", "count", "default", "grow", "renamed"]);
    equal(parts[Symbol.toStringTag], "Module");
    equal(new parts.Made().n, 1);
    let failed = "";
    try { parts.count = 5; } catch (error) { failed = error.name; }
    equal(failed, "TypeError");
});

test("dynamic import", async () => {
    const ns = await import("./parts/exports.mjs");
    equal(ns, parts);
    const missing = await import("./parts/none.mjs").catch((error) => error.code);
    equal(missing, "ERR_MODULE_NOT_FOUND");
    const common = await import("./parts/common.js");
    equal(common.default.value, 42);
});

test("this, import.meta, strict", () => {
    equal((() => typeof this)(), "undefined");
    equal(typeof import.meta.url, "string");
    equal((function () { return this; })(), undefined);
    equal(await_(), 1);
    function await_() { return waited; }
});

const waited = await Promise.resolve(1);
