// a comment
module.exports = {
  run: [ { method: 'log', params: { raw: 'x' } ]
}
