module.exports = { run: [] }
