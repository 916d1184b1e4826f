const path = require('path')

const axios = require('axios-not-installed')
module.exports = { run: [] }
