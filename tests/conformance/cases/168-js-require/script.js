const path = require('path')
const fs = require('fs')
const os = require('os')
const { steps } = require('./lib')
const conf = require('./conf.json')
module.exports = { run: [...steps(conf.name), { method: 'local.set', params: { file: path.basename(__filename), text: fs.readFileSync(path.join(__dirname, 'note.txt'), 'utf8').trim(), there: fs.existsSync(path.resolve(__dirname, 'conf.json')), eol: os.EOL } }] }
