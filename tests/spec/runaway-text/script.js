let s = 'x'.repeat(1024)
for (;;) s += s
