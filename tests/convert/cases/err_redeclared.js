let a
let a
