function down(n) { return down(n + 1) + 1 }
module.exports = { run: [{ method: 'log', params: { raw: down(0) } }] }
