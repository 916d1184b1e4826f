module.exports = { word: "w", n: 1 + 1 }
