#!/usr/bin/env node
"use strict"
// leading

/* block */
const a = 1 // trailing
/*
 * several ]] lines
 */
function f() {
  // only a comment
}

const list = [
  1, // one
  // before two
  2,
  /* last */
]

if (a) {
  f(list)
  // at the end of a block
}
// at the end of the file
