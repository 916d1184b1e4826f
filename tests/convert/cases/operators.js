let n = 1, s = "a", u, big = 10n
n += 2; s += "b"; n = n ** 2 % 3; n <<= 1; n = n >>> 0 | ~n
const flags = [n > 1, s < "b", n == "1", s === "x", u == null, !u, typeof u, void 0, -n, +s, "a" in {}, [] instanceof Array]
const text = s + n + `-${n}-${s}` + (n ? "y" : "n")
const same = tag`a${n}b\n` || delete flags[0] || (n++, s)
function tag(strings) { return strings.raw[0] }
const re = /a"\\\/b/gi, numbers = [0x1f, 0b11, 0o17, 1_000, 1e21, .5, 5e-7], holes = [1, , 3]
if (typeof missing === "undefined") globalThis.missing = undefined
module.exports = [flags, text, same, re, numbers, holes, big, Infinity, NaN, missing]
