const x = require('../../../secret.json')
module.exports = { run: [{ method: 'log', params: { raw: x.key } }] }
