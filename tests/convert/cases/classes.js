class Animal {
  #name
  static count = 0
  kind = "animal"
  constructor(name) {
    this.#name = name
    Animal.count++
  }
  get name() { return this.#name }
  set name(value) { this.#name = value }
  speak() { return `${this.name} speaks` }
  static create(...args) { return new this(...args) }
  #secret() { return #name in this }
  static { this.ready = true }
}
class Dog extends Animal {
  constructor(name) {
    super(name)
    this.tricks = []
  }
  speak() { return super.speak() + " loudly" }
  ["compu" + "ted"]() { return new.target }
}
const Anonymous = class extends Dog {}
const object = { greet() { return super.toString() }, get a() { return 1 }, ...Dog, __proto__: null }
module.exports = { Animal, Dog, Anonymous, object }
