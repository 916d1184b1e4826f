const a = 1
with (a) { b }
