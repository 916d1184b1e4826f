module.exports = { run: [
  { method: async () => ({ error: false, ok: 1 }), params: {} },
  { method: async () => ({ error: 'went wrong' }), params: {} },
  { method: 'log', params: { raw: 'never' } }
] }
