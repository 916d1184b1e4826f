class Tools {
  constructor() { this.calls = 0 }
  async count(req, ondata, kernel) {
    this.calls++
    ondata({ raw: 'counting\r\n' })
    return { calls: this.calls, got: req.params.x, cwd: req.cwd === __dirname, input: req.input === undefined ? 'none' : typeof req.input }
  }
}
module.exports = Tools
