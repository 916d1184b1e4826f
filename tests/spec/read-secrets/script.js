const text = require('fs').readFileSync('../../key.json', 'utf8')
module.exports = { run: [{ method: 'log', params: { raw: text } }] }
