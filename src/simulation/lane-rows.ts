/** Rows of a space-time diagram in text: one lane for each party, an arrow for each message. */
const LANE = 7;

/** How a message ends: the head of its arrow. */
export type ArrowEnd = 'arrives' | 'lost';

export class LaneRows {
  readonly #names: readonly string[];
  readonly #blank = new Set<string>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  heading(): string {
    return this.#names.map((name) => name.padEnd(LANE)).join('');
  }

  /** From here on the lane of a party is blank, or drawn again: it is not there, or it is. */
  setBlank(name: string, isBlank: boolean): void {
    if (isBlank) this.#blank.add(name);
    else this.#blank.delete(name);
  }

  /** One party does something by itself. */
  act(name: string, mark = '*'): string {
    const row = this.#lines();
    row[this.#at(name)] = mark;
    return row.join('');
  }

  /** `o----->|`, or `o-----x|` where it is lost. */
  arrow(from: string, to: string, end: ArrowEnd): string {
    const row = this.#lines();
    const [start, stop] = [this.#at(from), this.#at(to)];
    for (let at = Math.min(start, stop) + 1; at < Math.max(start, stop); at += 1) row[at] = '-';
    row[start] = 'o';
    const head = start < stop ? '>' : '<';
    row[stop + (start < stop ? -1 : 1)] = end === 'lost' ? 'x' : head;
    return row.join('');
  }

  /** Across all lanes. */
  rule(mark: string): string {
    return mark.repeat((this.#names.length - 1) * LANE + 1).padEnd(this.#names.length * LANE);
  }

  #lines(): string[] {
    return this.#names.flatMap((name) => [
      this.#blank.has(name) ? ' ' : '|',
      ...Array<string>(LANE - 1).fill(' '),
    ]);
  }

  #at(name: string): number {
    const lane = this.#names.indexOf(name);
    if (lane === -1) throw new Error(`no lane for ${name}`);
    return lane * LANE;
  }
}
