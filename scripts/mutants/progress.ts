/** Says from time to time how far it is: on a terminal in one line, else now and then. */
import type { Hunt } from './hunt.ts';

const TERMINAL_MS = 1_000;
const FILE_MS = 30_000;
const CLEAR_LINE = '\r\u001B[K';

export class Progress {
  readonly #open: () => readonly Hunt[];
  readonly #total: number;
  readonly #startedAt = Date.now();
  readonly #timer: NodeJS.Timeout;
  #done = 0;

  constructor(total: number, open: () => readonly Hunt[]) {
    this.#total = total;
    this.#open = open;
    const { isTTY } = process.stderr;
    this.#timer = setInterval(() => this.#say(), isTTY ? TERMINAL_MS : FILE_MS);
  }

  /** One more is done. */
  note(line: string): void {
    this.#done += 1;
    this.#write(`${line}\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#write('');
  }

  #say(): void {
    const open = this.#open().map(({ mutant, settled }) => `${mutant.id} seed ${settled}`);
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(0);
    const line = `${this.#done} of ${this.#total} done; ${open.join(', ')}; ${seconds} s`;
    this.#write(process.stderr.isTTY ? line : `${line}\n`);
  }

  #write(text: string): void {
    process.stderr.write(process.stderr.isTTY ? `${CLEAR_LINE}${text}` : text);
  }
}
