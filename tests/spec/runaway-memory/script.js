const all = []
for (let i = 0; ; i++) all.push(new Array(1000).fill('text ' + i))
