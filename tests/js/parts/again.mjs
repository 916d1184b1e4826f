// Exports again what another module exports.
export { count } from "./exports.mjs";
export * from "./exports.mjs";
