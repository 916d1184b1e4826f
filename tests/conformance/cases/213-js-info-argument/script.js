module.exports = async (kernel, info) => ({ run: [{ method: 'local.set', params: { there: info.exists('there.txt'), none: info.exists('none.txt'), idle: !info.running('other.json') } }] })
