/** The part of the run that is looked at; all charts show the same. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

const SHORTEST_US = 50;

export class View {
  readonly wholeUs: number;
  #span: Span;

  constructor(wholeUs: number) {
    this.wholeUs = Math.max(wholeUs, SHORTEST_US);
    this.#span = { fromUs: 0, toUs: this.wholeUs };
  }

  get span(): Span {
    return this.#span;
  }

  get lengthUs(): number {
    return this.#span.toUs - this.#span.fromUs;
  }

  get isWhole(): boolean {
    return this.lengthUs >= this.wholeUs;
  }

  /** Never shorter than can be told apart, never beyond the ends of the run. */
  show({ fromUs, toUs }: Span): void {
    const length = Math.min(Math.max(toUs - fromUs, SHORTEST_US), this.wholeUs);
    const middle = (fromUs + toUs) / 2;
    const from = Math.min(Math.max(middle - length / 2, 0), this.wholeUs - length);
    this.#span = { fromUs: from, toUs: from + length };
  }

  reset(): void {
    this.#span = { fromUs: 0, toUs: this.wholeUs };
  }

  /** The moment `aroundUs` stays where it is. `factor` above 1 shows more. */
  zoom(factor: number, aroundUs: number): void {
    const length = Math.min(Math.max(this.lengthUs * factor, SHORTEST_US), this.wholeUs);
    const share = (aroundUs - this.#span.fromUs) / this.lengthUs;
    const from = aroundUs - share * length;
    this.show({ fromUs: from, toUs: from + length });
  }

  pan(us: number): void {
    const { fromUs, toUs } = this.#span;
    this.show({ fromUs: fromUs + us, toUs: toUs + us });
  }
}
