exports.steps = (n) => [{ method: 'log', params: { raw: 'hello ' + n } }]
