/**
 * Numbers for values: the same number for the same value, counted from 0. What is large and occurs
 * in many states stands in them as its number.
 */
export class Interner<Value> {
  readonly #nameOf: (value: Value) => string;
  readonly #numbers = new Map<string, number>();
  readonly #values: Value[] = [];

  /** Two values have the same name if and only if they are the same. */
  constructor(nameOf: (value: Value) => string) {
    this.#nameOf = nameOf;
  }

  get size(): number {
    return this.#values.length;
  }

  numberOf(value: Value): number {
    const name = this.#nameOf(value);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#values.length;
    this.#numbers.set(name, number);
    this.#values.push(value);
    return number;
  }

  valueOf(number: number): Value {
    const value = this.#values[number];
    if (value === undefined) throw new Error(`nothing has the number ${number}`);
    return value;
  }
}
