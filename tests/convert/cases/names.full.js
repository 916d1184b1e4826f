const plain = (a, b = 1) => a
const renamed = { end: () => {}, ["x" + 1]: function () {}, method(a, ...b) {}, async later() {} }
let $x = function () {}
class A { static m() {} x = () => {} }
module.exports = { plain, renamed, $x, A, inline: () => {} }
