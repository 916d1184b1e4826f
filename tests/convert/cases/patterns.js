const { a, b: { c = 1 }, ...rest } = require("./x")
const [first, , third = first, ...others] = a
let x = 1, y = 2;
[x, y] = [y, x];
({ a: x, y = 5, ["k" + x]: rest.z } = rest)
function f({ p, q = p } = {}, [r] = []) { return { p, q, r, x, y } }
for (const [key, value] of Object.entries(others)) f(key, value)
try { f() } catch ({ message }) { x = message }
x ||= 1; y &&= 2; rest.k ??= 3; rest[x] += y; rest.n++
exports.sum = [...others, first, c, third].reduce((sum, n) => sum + n, 0)
