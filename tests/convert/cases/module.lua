js.use_strict()
local module, exports, require, __filename = ...
return js.async(function(_)
  local root = js.TDZ
  local count = js.TDZ
  local Runner = js.TDZ
  local data = js.TDZ
  local increment
  js.export(exports, "root", function()
    return js.tdz(root, "root")
  end)
  js.export(exports, "count", function()
    return js.tdz(count, "count")
  end)
  js.export(exports, "increment", function()
    return increment
  end)
  js.export(exports, "default", function()
    return js.tdz(Runner, "Runner")
  end)
  js.export(exports, "settings", function()
    return js.tdz(data, "data")
  end)
  local text_module = js.import(require, "./lib/text.js", "shout")
  js.export(exports, "shout", function()
    return text_module.shout
  end)
  js.export_all(exports, js.import(require, "./lib/more.js"))
  local extra_module = js.import(require, "./lib/extra.js")
  js.export(exports, "extra", function()
    return extra_module
  end)
  local path_module = js.import(require, "node:path", "default join")
  local tools_module = js.import(require, "./lib/tools.js")
  js.import(require, "./side-effect.js")
  function increment(this)
    count += 1
    return tools_module:log(count)
  end

  root = path_module.default:dirname(js.import_meta(module, __filename).url)
  count = 0
  local class_1 = js.class("Runner")
  js.class_method(class_1, false, "start", function(this)
    return path_module.join(nil, root, "x")
  end)
  Runner = class_1
  data = js.await(js.import_dynamic(require, "./data.json")).data
end)(nil)
