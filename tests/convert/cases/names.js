const end = 1, local = 2, nil = 3, $el = 4, js = 5, repeat = { then: 1, until: 2 }, été = 6
function not(and) { return and + end }
const _ = require("lodash")
module.exports = { end, local, nil, $el, js, été, x: not(repeat.then), "a b": _.map([1], (n) => n), "0": 1, 1: 2, "end": 3 }
