module.exports = {
  run: [
    {
      method: "shell.run",
      params: {
        venv: "env",
        venv_python: "3",
        message: ["uv pip install -r requirements.txt"],
      },
    },
    { method: "notify", params: { html: "Installed. Click <b>Start</b>." } },
  ],
}
