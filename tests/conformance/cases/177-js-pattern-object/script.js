module.exports = { run: [
  { method: 'shell.run', params: { message: "printf 'Port: %s\\n' 8123; sleep 300", on: [{ event: /port: (\d+)/i, done: true }] } },
  { method: 'local.set', params: { port: '{{input.event[1]}}' } }
] }
