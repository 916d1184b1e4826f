module.exports = { run: [
  { method: 'script.return', params: { n: 1 } },
  { method: async (req, ondata, kernel) => { ondata({ raw: 'text\r\n' }); await new Promise((r) => setTimeout(r, 5)); return [req.input.n, req.args.who, req.current, req.params.list.length] }, params: { list: ['{{1+1}}', 3] } },
  { method: 'local.set', params: { got: '{{input}}' } }
] }
