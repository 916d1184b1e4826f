class Script {
  constructor() { this.title = 'from a class'; this.run = [{ method: 'local.set', params: { t: '{{self.title}}' } }] }
}
module.exports = Script
