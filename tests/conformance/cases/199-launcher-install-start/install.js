module.exports = { run: [
  { method: 'shell.run', params: { message: ['mkdir -p app', 'echo installed > app/done'] } },
  { method: 'script.start', params: { uri: 'torch.js', params: { path: 'app' } } },
  { method: 'fs.link', params: { drive: { models: 'app/models' } } }
] }
