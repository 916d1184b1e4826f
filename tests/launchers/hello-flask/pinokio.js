// A launcher as people publish them: the menu depends on what is installed and running.
module.exports = {
  version: "3.7",
  title: "Hello Flask",
  description: "A page that greets: the sample launcher",
  icon: "icon.svg",
  menu: async (kernel, info) => {
    const installed = info.exists("env")
    const running = info.running("start.js")
    if (info.running("install.js")) {
      return [{ default: true, icon: "fa-solid fa-plug", text: "Installing", href: "install.js" }]
    }
    if (!installed) {
      return [{ default: true, icon: "fa-solid fa-plug", text: "Install", href: "install.js" }]
    }
    if (running) {
      const local = info.local("start.js")
      const terminal = { icon: "fa-solid fa-terminal", text: "Terminal", href: "start.js" }
      return local.url
        ? [{ default: true, icon: "fa-solid fa-rocket", text: "Open Web UI", href: local.url }, terminal]
        : [{ ...terminal, default: true }]
    }
    return [
      { default: true, icon: "fa-solid fa-power-off", text: "Start", href: "start.js" },
      { icon: "fa-regular fa-circle-xmark", text: "Reset", href: "reset.js", confirm: "Delete the environment?" },
    ]
  },
}
