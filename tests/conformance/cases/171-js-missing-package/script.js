const x = require('left-pad-not-here')
module.exports = { run: [{ method: 'log', params: { raw: 'x' } }] }
