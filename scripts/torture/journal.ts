/** What the faults of a run say that they do, and what they find that should not be. */
import type { RunClock } from './recorder.ts';
import type { Check, FaultMark, Finding } from './run-record.ts';

export interface JournalOptions {
  readonly clock: RunClock;
  readonly onMark: (mark: FaultMark) => void;
}

export interface FaultVoice {
  begin(text: string, replicas: readonly number[]): (text?: string) => void;
  once(text: string, replicas: readonly number[]): void;
  expect(what: string, finding: string | undefined): void;
}

export class Journal {
  readonly marks: FaultMark[] = [];
  readonly #options: JournalOptions;
  /** By fault and by what was expected of it. */
  readonly #expected = new Map<string, { held: number; readonly findings: Finding[] }>();
  readonly #open = new Map<number, FaultMark>();
  #ids = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** What is at work now, in words. */
  get now(): readonly string[] {
    return [...this.#open.values()].map(({ fault, text }) => `${fault} ${text}`);
  }

  /** For the context of one fault. */
  voiceOf(fault: string): FaultVoice {
    return {
      begin: (text, replicas) => {
        const id = this.#mark('begin', ++this.#ids, { fault, text, replicas });
        return (endText) => {
          if (!this.#open.has(id)) return;
          this.#mark('end', id, { fault, text: endText ?? text, replicas });
        };
      },
      once: (text, replicas) => {
        this.#mark('once', ++this.#ids, { fault, text, replicas });
      },
      expect: (what, finding) => this.#expect(`${fault}: ${what}`, finding),
    };
  }

  /** One for each thing that was expected. */
  checks(): readonly Check[] {
    return [...this.#expected].map(([name, { held, findings }]) => ({
      name,
      result: findings.length === 0 ? 'passed' : 'failed',
      text: `held ${held} times of ${held + findings.length}`,
      findings,
    }));
  }

  /** What is at work for good, because its end never came. */
  endAll(): void {
    for (const [id, { fault, text, replicas }] of this.#open) {
      this.#mark('end', id, { fault, text, replicas });
    }
  }

  #mark(
    type: FaultMark['type'],
    id: number,
    said: { readonly fault: string; readonly text: string; readonly replicas: readonly number[] },
  ): number {
    const mark: FaultMark = { time: this.#options.clock.nowUs(), type, id, ...said };
    if (type === 'begin') this.#open.set(id, mark);
    else this.#open.delete(id);
    this.marks.push(mark);
    this.#options.onMark(mark);
    return id;
  }

  #expect(name: string, finding: string | undefined): void {
    const known = this.#expected.get(name) ?? { held: 0, findings: [] };
    this.#expected.set(name, known);
    if (finding === undefined) known.held += 1;
    else known.findings.push({ text: finding, atUs: this.#options.clock.nowUs() });
  }
}
