main()

function main() {
  return helper(1, 2) + late
}

function helper(a, b = a, ...rest) {
  return [a, b, ...rest].length
}

const late = 3
const add = (a, b) => a + b
const scale = async function (value, { factor = 2, by: [first] } = {}) {
  const result = await value
  return result * factor * first
}
function* numbers(n) {
  for (let i = 0; i < n; i++) yield i
}
async function* pages() {
  for await (const page of numbers(3)) yield* page
}
function Legacy(name) {
  this.name = name
  this.count = arguments.length
}
const counters = []
for (let i = 0; i < 3; i++) {
  counters.push(() => i)
}
const fact = function self(n) { return n < 2 ? 1 : n * self(n - 1) }
exports.all = { add, scale, numbers, pages, Legacy, counters, fact }
