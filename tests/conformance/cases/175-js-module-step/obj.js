module.exports = { twice: (req) => req.params.n * 2 }
