import path, { join as glue } from "node:path"
import * as tools from "./lib/tools.js"
import "./side-effect.js"
export { shout } from "./lib/text.js"
export * from "./lib/more.js"
export * as extra from "./lib/extra.js"

export const root = path.dirname(import.meta.url)
export let count = 0
export function increment() { count++; return tools.log(count) }
export default class Runner {
  start() { return glue(root, "x") }
}
const { data } = await import("./data.json")
export { data as settings }
