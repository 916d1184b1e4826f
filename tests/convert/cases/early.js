const read = () => table.size
function total() { return table.size + counter }
const self = { get() { return self.value }, value: 1 }
const table = { size: 2 }
let counter = 0
var hoisted = total()
if (counter) { var inner = 1 }
exports.sum = inner + hoisted + read()
function lazily() { return later }
exports.early = lazily()
const later = 1
