function classify(value, list) {
  switch (value) {
    case "a":
    case "b":
      return 1
    case "c":
      value = "d"
      break
    default:
      value = "e"
  }
  switch (typeof value) {
    case "number": value++
    case "string": {
      const text = value
      if (text) break
      value = text
    }
  }
  outer: for (const row of list) {
    for (const cell of row) {
      if (!cell) continue outer
      if (cell === value) break outer
    }
  }
  let tries = 0
  do {
    tries += 1
    if (tries > 3) break
  } while (tries < list.length)
  for (const key in list) {
    try {
      if (key === "x") continue
      return list[key]
    } catch (error) {
      console.error(error.message)
    } finally {
      tries--
    }
  }
  while (tries-- > 0) value = value && value.next || null
  block: {
    if (value) break block
    value = 1
  }
  if (value = list.shift()) throw new TypeError("bad " + value)
  return value?.a?.[tries]?.(1) ?? value ? 1 : 2
}
module.exports = classify
