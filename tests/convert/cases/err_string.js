x = "not closed
y = 2
