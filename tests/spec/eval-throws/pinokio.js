module.exports = { menu: async () => { throw new Error('menu is broken\nsecond line') } }
