"""The app of the sample launcher: one page."""

import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "<h1>Hello from Cloud-Pinokio</h1>"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "42003")))
