/** Records what clients of registers saw, as the linearizability checker reads it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { formatEvent, type HistoryEvent } from '../../src/verify/history.ts';
import { checkHistory, type Verdict } from '../../src/verify/linearizability.ts';
import { registerModel } from '../../src/verify/register.ts';

export type RegisterOperation =
  | { readonly f: 'read'; readonly value: null }
  | { readonly f: 'write'; readonly value: number }
  | { readonly f: 'cas'; readonly value: readonly [from: number, to: number] };

export type Ending =
  | { readonly type: 'ok'; readonly value: HistoryEvent['value'] }
  /** Without `error`, of a cas: the register did not hold what was expected. */
  | { readonly type: 'fail'; readonly error?: string }
  | { readonly type: 'info' };

const US_PER_MS = 1_000;

export class History {
  readonly #events: HistoryEvent[] = [];
  readonly #started = performance.now();
  #processes = 0;

  newProcess(): number {
    return this.#processes++;
  }

  /** Returns what ends the call. */
  invoke(process: number, key: string, operation: RegisterOperation): (ending: Ending) => void {
    const call = { process, key, ...operation };
    this.#events.push({ ...call, type: 'invoke', time: this.#time() });
    return (ending) => this.#events.push({ ...call, ...ending, time: this.#time() });
  }

  /** Where the verdict is not `linearizable`, its findings name the file that holds the history. */
  check(name: string): Verdict {
    const verdict = checkHistory(this.#events, registerModel);
    if (verdict.type === 'linearizable') return verdict;
    const file = this.#write(name);
    return { ...verdict, findings: [...verdict.findings, `the history: ${file}`] };
  }

  #write(name: string): string {
    const directory = resolve('runs', 'histories');
    mkdirSync(directory, { recursive: true });
    const file = join(directory, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${Date.now()}.jsonl`);
    writeFileSync(file, this.#events.map((event) => `${formatEvent(event)}\n`).join(''));
    return file;
  }

  #time(): number {
    return Math.round((performance.now() - this.#started) * US_PER_MS);
  }
}
