/** Answers to a question about two numbers, each asked once. */

const UNKNOWN = 0;
const NO = 1;
const YES = 2;
const FIRST_ANSWERS = 64;

export class PairTable {
  readonly #ask: (first: number, second: number) => boolean;
  /** By the first number, then by the second. */
  readonly #answers: Uint8Array[] = [];

  constructor(ask: (first: number, second: number) => boolean) {
    this.#ask = ask;
  }

  of(first: number, second: number): boolean {
    const answers = this.#answers[first];
    const known = answers === undefined ? UNKNOWN : (answers[second] ?? UNKNOWN);
    return known === UNKNOWN ? this.#find(first, second) : known === YES;
  }

  #find(first: number, second: number): boolean {
    const answer = this.#ask(first, second);
    const before = this.#answers[first] ?? new Uint8Array(FIRST_ANSWERS);
    let answers = before;
    while (answers.length <= second) answers = new Uint8Array(2 * answers.length);
    if (answers !== before) answers.set(before);
    answers[second] = answer ? YES : NO;
    this.#answers[first] = answers;
    return answer;
  }
}
