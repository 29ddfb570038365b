/** The values that were used last, at most so many; what has to go is handed to `forget`. */
export class Recent<Value> {
  #values = new Map<string, Value>();
  #size: number;
  #forget: (value: Value) => void;

  constructor(size: number, forget: (value: Value) => void) {
    this.#size = size;
    this.#forget = forget;
  }

  get(name: string, make: () => Value): Value {
    const value = this.#values.get(name) ?? make();
    // A Map keeps the order of insertion: the first is the one that was not used for longest.
    this.#values.delete(name);
    this.#values.set(name, value);
    if (this.#values.size > this.#size) this.#drop();
    return value;
  }

  #drop(): void {
    const [[name, value]] = this.#values as Iterable<[string, Value]> as [[string, Value]];
    this.#values.delete(name);
    this.#forget(value);
  }
}
