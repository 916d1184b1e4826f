module.exports = { run: [ { method: 'log' ] }
