module.exports = {
  word: 'w',
  run: async function (kernel, info, context) {
    const steps = []
    for (let i = 0; i < context.args.n; i++) steps.push({ method: 'log', params: { raw: this.word + i } })
    steps.push({ method: 'local.set', params: { cwd: context.cwd === __dirname, p: context.platform || kernel.platform } })
    return steps
  }
}
