const { join, ...rest } = require('path')
class Step { #n = 0; static of(...a) { return new Step(...a) } constructor(raw = 'none') { this.raw = raw } get step() { this.#n++; return { method: 'log', params: { raw: `${this.raw}:${this.#n}` } } } }
function* names() { yield 'a'; yield* ['b', 'c'] }
const conf = { deep: null }
const steps = [...names()].map((n) => Step.of(n).step)
outer: for (const i of [1, 2, 3]) { for (const k of [1, 2]) { if (k === 2) continue outer; if (i === 3) break outer; steps.push(Step.of(`${i}${k}`).step) } }
switch (steps.length) { case 5: steps.push(Step.of(conf.deep?.x ?? 'nullish').step); default: steps.push(Step.of().step) }
module.exports = { run: steps, ['comp' + 'uted']: typeof rest.resolve, async ['later']() {} }
