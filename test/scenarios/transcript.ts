/** A run as text: one lane for each actor, one line for each event, an arrow for each message. */
import { type ArrowEnd, LaneRows } from '../../src/simulation/lane-rows.ts';

const MARGIN = 8;
const MESSAGE = 34;
const WIDTH = 100;

export class Transcript {
  readonly #rows: LaneRows;
  readonly #lines: string[] = [];
  #events = 0;

  constructor(names: readonly string[]) {
    this.#rows = new LaneRows(names);
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
    this.#lines.push(`${' '.repeat(MARGIN)}${this.#rows.heading()}`.trimEnd());
  }

  act(name: string, what: string, facts: readonly string[]): void {
    this.#event(this.#rows.act(name), what, facts);
  }

  /** `end`: `arrives`, or `lost` on its way. */
  message(from: string, to: string, end: ArrowEnd, what: string, facts: readonly string[]): void {
    this.#event(this.#rows.arrow(from, to, end), what, facts);
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
