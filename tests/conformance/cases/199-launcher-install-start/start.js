module.exports = async (kernel) => {
  const port = await kernel.port()
  return {
    daemon: true,
    run: [
      { when: "{{!exists('app')}}", method: 'script.start', params: { uri: 'install.js' } },
      { method: 'shell.run', params: { path: 'app', env: { PORT: 7999 }, message: ["printf 'Running on local URL:  http:%s\\n' //127.0.0.1:$PORT; sleep 300"], on: [{ event: '/http:\\/\\/\\S+/', done: true }] } },
      { method: 'local.set', params: { url: '{{input.event[0]}}', port: typeof port } }
    ]
  }
}
