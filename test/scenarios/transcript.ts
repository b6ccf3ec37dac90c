/** A run as text: one lane for each actor, one line for each event, an arrow for each message. */
const LANE = 7;
const MARGIN = 8;
const MESSAGE = 34;
const WIDTH = 100;

export class Transcript {
  readonly #names: readonly string[];
  readonly #lines: string[] = [];
  #events = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  get events(): number {
    return this.#events;
  }

  say(text: string): void {
    this.draw(wrap(text));
  }

  /** Drawn as it is, without a number. */
  draw(lines: readonly string[]): void {
    const last = this.#lines.at(-1);
    if (last !== undefined && last !== '') this.#lines.push('');
    this.#lines.push(...lines, '');
  }

  heading(): void {
    const lanes = this.#names.map((name) => name.padEnd(LANE)).join('');
    this.#lines.push(`${' '.repeat(MARGIN)}${lanes}`.trimEnd());
  }

  act(name: string, what: string, facts: readonly string[]): void {
    const at = this.#lane(name);
    const lanes = this.#names.map((_, lane) => (lane === at ? '*' : '|').padEnd(LANE)).join('');
    this.#event(lanes, what, facts);
  }

  /** `end`: `arrives`, or `lost` on its way. */
  message(
    from: string,
    to: string,
    end: 'arrives' | 'lost',
    what: string,
    facts: readonly string[],
  ): void {
    this.#event(this.#arrow(this.#lane(from), this.#lane(to), end), what, facts);
  }

  text(): string {
    return `${this.#lines.join('\n').trimEnd()}\n`;
  }

  #event(lanes: string, what: string, facts: readonly string[]): void {
    this.#events += 1;
    const number = String(this.#events).padStart(MARGIN - 4);
    const told = facts.length === 0 ? what : `${what.padEnd(MESSAGE)} ${facts.join('; ')}`;
    this.#lines.push(`${number}    ${lanes} ${told}`.trimEnd());
  }

  #arrow(from: number, to: number, end: 'arrives' | 'lost'): string {
    const row = this.#names.flatMap(() => ['|', ...Array<string>(LANE - 1).fill(' ')]);
    const [left, right] = [Math.min(from, to) * LANE, Math.max(from, to) * LANE];
    for (let i = left + 1; i < right; i += 1) row[i] = '-';
    row[from * LANE] = 'o';
    const inward = from < to ? -1 : 1;
    const head = from < to ? '>' : '<';
    row[to * LANE + inward] = end === 'lost' ? 'x' : head;
    return row.join('');
  }

  #lane(name: string): number {
    const lane = this.#names.indexOf(name);
    if (lane === -1) throw new Error(`no lane for ${name}`);
    return lane;
  }
}

function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length <= WIDTH) lines.splice(-1, 1, line);
    else lines.push(word);
  }
  return lines;
}
