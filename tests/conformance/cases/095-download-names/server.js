const http = require('http')
http.createServer((q, r) => {
  const send = (code, body, headers) => { r.writeHead(code, { 'content-length': Buffer.byteLength(body), ...headers }); r.end(q.method === 'HEAD' ? undefined : body) }
  const url = q.url.split('?')[0]
  if (url === '/a.txt') return send(200, 'file a')
  if (url === '/b') return send(200, 'file b', { 'content-disposition': 'attachment; filename="named b.txt"' })
  if (url === '/moved') { r.writeHead(302, { location: '/a.txt' }); return r.end() }
  if (url === '/empty') return send(200, '')
  if (url === '/json') return send(200, JSON.stringify({ method: q.method, url: q.url, ua: !!q.headers['user-agent'], x: q.headers['x-test'] || null }), { 'content-type': 'application/json' })
  if (url === '/text') return send(200, 'just text', { 'content-type': 'text/plain' })
  if (url === '/echo') { let body = ''; q.on('data', (d) => { body += d }); q.on('end', () => send(200, JSON.stringify({ method: q.method, type: q.headers['content-type'], body }), { 'content-type': 'application/json' })); return }
  send(url === '/boom' ? 500 : 404, 'nothing here')
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + process.env.PORT))
