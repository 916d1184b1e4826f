module.exports = { run: [
  { method: async () => ({ fine: 1 }), params: {} },
  { method: async () => { throw new Error('broken step') }, params: {} },
  { method: 'log', params: { raw: 'never' } }
] }
