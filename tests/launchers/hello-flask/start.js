module.exports = async (kernel) => {
  const port = await kernel.port()
  return {
    daemon: true,
    run: [
      {
        method: "shell.run",
        params: {
          venv: "env",
          env: { PORT: port },
          message: "python app.py",
          on: [{ event: "/http:\\/\\/127[^\\s]+/", done: true }],
        },
      },
      { method: "local.set", params: { url: "{{input.event[0]}}" } },
      { method: "net", params: { url: "{{local.url}}" } },
    ],
  }
}
