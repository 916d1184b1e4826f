const path = require('path')
module.exports = async (kernel) => ({ run: [{ method: 'local.set', params: {
  home: kernel.path('api', 'case') === __dirname,
  homedir: kernel.homedir === kernel.path(),
  exists: await kernel.exists(__dirname, 'there.txt'),
  none: await kernel.exists(__dirname, 'none.txt'),
  rel: await kernel.exists('api/case/there.txt'),
  which: path.isAbsolute(kernel.which('sh')),
  gpus: Array.isArray(kernel.gpus),
  ram: kernel.ram > 0,
  running: kernel.running(__dirname, 'other.json'),
  port: (await kernel.port()) >= 42003,
  bin: kernel.bin.path('x') === kernel.path('bin/x'),
  env: typeof (await kernel.env('api/case')),
  local: JSON.stringify(kernel.local(__dirname, 'other.json'))
} }] })
