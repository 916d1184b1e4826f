Object.defineProperty(exports, '__esModule', { value: true })
exports.default = { run: [{ method: 'local.set', params: { ok: true } }] }
