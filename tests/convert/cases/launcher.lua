local _, _, require, _, __dirname = ...
-- The menu of a launcher
local path = require(nil, "path")
local fs = require(nil, "fs")
return js.object({
  version = "2.0",
  title = "Sample",
  icon = "icon.png", -- beside this file
  menu = js.async(function(_, kernel, info)
    local installed = info:exists("app/env")
    local running = js.object({
      install = info:running("install.js"),
      start = info:running("start.js")
    }, "install start")
    if running.install then
      return js.array(js.object({
        default = true,
        icon = "fa-solid fa-plug",
        text = "Installing",
        href = "install.js"
      }, "default icon text href"))
    elseif installed then
      if running.start then
        local local_ = js.invoke(info, "local", "start.js")
        -- the address appears when the server is up
        if js.truthy(local_) and js.truthy(local_.url) then
          return js.array(js.object({
            default = true,
            text = "Open " .. js.str(local_.url),
            href = local_.url
          }, "default text href"), js.object({
            text = "Terminal",
            href = "start.js"
          }, "text href"))
        end
      end
      return js.array(js.object({ text = "Start", href = "start.js" }, "text href"))
    end
    return if fs:existsSync(path:resolve(__dirname, "app")) then js.array() else null
  end)
}, "version title icon menu")
