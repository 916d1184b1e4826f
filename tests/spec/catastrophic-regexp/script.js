const bad = /^(a+)+(?=b)/.test('a'.repeat(60) + '!')
module.exports = { run: [{ method: 'log', params: { raw: String(bad) } }] }
