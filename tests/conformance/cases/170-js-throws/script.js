module.exports = (kernel) => { throw new TypeError('not today') }
