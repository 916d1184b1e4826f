--[[*
 * Steps as data
 ]]
return js.object({
  daemon = true,
  run = js.array(
    -- install packages
    js.object({
      method = "shell.run",
      params = js.object({
        venv = "env",
        env = js.object({ HF_HOME = "cache", SSL = 0 }, "HF_HOME SSL"),
        message = js.array(
          "uv pip install -r requirements.txt",
          "python app.py --port {{port}}"
        ),
        on = js.array(js.object({ event = "/http://\\S+/", done = true }, "event done"))
      }, "venv env message on")
    }, "method params"),
    js.object({ method = "local.set", params = js.object({ url = "{{input.event[0]}}" }, "url") }, "method params")
    -- done
  )
}, "daemon run")
