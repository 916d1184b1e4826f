module.exports = async (kernel) => {
  const port = await kernel.port()
  return { run: [{ method: 'local.set', params: { a: port } }, { method: 'local.set', params: { b: port } }, { method: 'local.set', params: { same: '{{local.a === local.b && local.a >= 42003}}', a: 0, b: 0 } }] }
}
