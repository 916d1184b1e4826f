module.exports = {
  run: [
