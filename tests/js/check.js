// The little frame of the cases: `test(name, body)` is a case, `equal`, `same` and `throws` are its assertions.
// Prints `ok COUNT NAME` or `not ok NAME: why` for each case, in order; a case may be an async function.
"use strict";

const cases = [];
let count = 0;

function show(value) {
    if (typeof value === "string") return JSON.stringify(value);
    if (Object.is(value, -0)) return "-0";
    if (typeof value === "bigint") return value + "n";
    if (typeof value !== "object" || value === null) return String(value);
    if (Array.isArray(value)) {
        const parts = [];
        for (let i = 0; i < value.length; i++) parts.push(i in value ? show(value[i]) : "hole");
        return "[" + parts.join(",") + "]";
    }
    if (value instanceof Map) return "Map" + show([...value]);
    if (value instanceof Set) return "Set" + show([...value]);
    if (value instanceof Date) return "Date(" + value.getTime() + ")";
    if (value instanceof RegExp) return String(value);
    if (value instanceof Error) return value.name + ": " + value.message;
    return "{" + Object.keys(value).map((key) => key + ":" + show(value[key])).join(",") + "}";
}

exports.test = function (name, body) {
    cases.push([name, body]);
    if (cases.length === 1) setTimeout(run, 0);
};

exports.equal = function (actual, expected) {
    count++;
    if (!Object.is(actual, expected)) throw new Error("expected " + show(expected) + ", got " + show(actual) + " (assertion " + count + ")");
};

// Compares by structure: arrays with holes, plain objects with the order of keys, maps, sets, dates.
exports.same = function (actual, expected) {
    count++;
    if (show(actual) !== show(expected)) throw new Error("expected " + show(expected) + ", got " + show(actual) + " (assertion " + count + ")");
};

exports.throws = function (body, name, message) {
    count++;
    try {
        body();
    } catch (error) {
        if (error instanceof Error && error.name === name && (message === undefined || error.message === message)) return;
        throw new Error("expected " + name + ", got " + show(error) + " (assertion " + count + ")");
    }
    throw new Error("expected " + name + ", nothing was thrown (assertion " + count + ")");
};

exports.rejects = async function (promise, name) {
    count++;
    try {
        await promise;
    } catch (error) {
        if (error.name === name) return;
        throw new Error("expected " + name + ", got " + show(error) + " (assertion " + count + ")");
    }
    throw new Error("expected " + name + ", nothing was thrown (assertion " + count + ")");
};

async function run() {
    for (const [name, body] of cases) {
        count = 0;
        try {
            await body();
            console.log("ok " + count + " " + name);
        } catch (error) {
            console.log("not ok " + name + ": " + error);
        }
    }
}
