// A CommonJS module for the cases of modules.
exports.value = 42;
exports.self = module.exports === exports;
exports.file = require("path").basename(__filename);
exports.cycle = () => require("./cycle.js").done;
