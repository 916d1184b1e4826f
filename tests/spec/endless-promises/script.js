const again = () => Promise.resolve().then(again)
module.exports = async () => { await again(); return { run: [] } }
