module.exports = { title: "t" }
