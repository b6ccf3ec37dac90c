/** Texts that stand once, however often they are used. */
export class TextTable {
  /** The first is empty, so that 0 can say that there is none. */
  readonly all: string[] = [''];
  readonly #index = new Map<string, number>([['', 0]]);
  readonly #maxChars: number;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  indexOf(text: string): number {
    const short = this.#shortened(text);
    const known = this.#index.get(short);
    if (known !== undefined) return known;
    this.#index.set(short, this.all.length);
    return this.all.push(short) - 1;
  }

  /** As JSON; what is not there has no text. */
  indexOfValue(value: unknown): number {
    return value === undefined ? 0 : this.indexOf(JSON.stringify(value));
  }

  #shortened(text: string): string {
    if (text.length <= this.#maxChars) return text;
    return `${text.slice(0, this.#maxChars)}… (${text.length} characters)`;
  }
}
