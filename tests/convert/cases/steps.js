/**
 * Steps as data
 */
module.exports = {
  daemon: true,
  run: [
    // install packages
    {
      method: "shell.run",
      params: {
        venv: "env",
        env: { "HF_HOME": "cache", SSL: 0 },
        message: [
          "uv pip install -r requirements.txt",
          "python app.py --port {{port}}",
        ],
        on: [{ event: "/http:\/\/\\S+/", done: true }],
      },
    },

    { method: "local.set", params: { url: "{{input.event[0]}}" } },
    /* done */
  ],
}
