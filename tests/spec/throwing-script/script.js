function deep() {
  const conf = undefined
  return conf.name
}

module.exports = { run: [{ method: 'log', params: { raw: deep() } }] }
