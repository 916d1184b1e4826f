module.exports = { run: [{ method: async () => { for (;;) {} }, params: {} }] }
