const text = require('fs').readFileSync('/etc/passwd', 'utf8')
module.exports = { run: [{ method: 'log', params: { raw: text } }] }
