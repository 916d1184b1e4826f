module.exports = { run: [
  { when: "{{platform === 'win32'}}", method: 'shell.run', params: { message: 'echo no' }, next: null },
  { when: "{{platform === 'linux'}}", method: 'shell.run', params: { path: '{{args && args.path ? args.path : "."}}', message: ["echo {{args && args.xformers ? 'xformers' : 'plain'}}", "{{args && args.xformers ? 'x' : ''}}"] }, next: null }
] }
