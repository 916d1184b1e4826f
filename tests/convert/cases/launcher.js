// The menu of a launcher
const path = require("path")
const fs = require("fs")

module.exports = {
  version: "2.0",
  title: "Sample",
  icon: "icon.png", // beside this file
  menu: async (kernel, info) => {
    let installed = info.exists("app/env")
    let running = {
      install: info.running("install.js"),
      start: info.running("start.js"),
    }
    if (running.install) {
      return [{
        default: true,
        icon: "fa-solid fa-plug",
        text: "Installing",
        href: "install.js",
      }]
    } else if (installed) {
      if (running.start) {
        let local = info.local("start.js")
        // the address appears when the server is up
        if (local && local.url) {
          return [{
            default: true,
            text: `Open ${local.url}`,
            href: local.url,
          }, {
            text: "Terminal",
            href: "start.js",
          }]
        }
      }
      return [{ text: "Start", href: "start.js" }]
    }
    return fs.existsSync(path.resolve(__dirname, "app")) ? [] : null
  },
}
