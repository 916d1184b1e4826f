// What `modules.mjs` imports.
export let count = 0;
export function grow() { count++; }
export class Made { n = 1; }
const original = "original";
export { original as renamed };
export default function () { return "default"; }
