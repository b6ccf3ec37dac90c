/** Commands that begin at this replica: each gets an id that nobody ever uses again, and waits in the queue. */
import { encodeCommand } from '../kv/command-codec.ts';
import type { Operation } from '../kv/operation.ts';
import type { WriteDone, WriteOptions } from './api.ts';
import { commandId } from './forward-filter.ts';
import type { Clock } from './ports.ts';
import type { Requests } from './requests.ts';
import type { Traces } from './traces.ts';

export interface OwnCommandsOptions {
  readonly requests: Requests;
  readonly traces: Traces;
  readonly clock: Clock;
  readonly bootNonce: string;
}

export class OwnCommands {
  readonly #options: OwnCommandsOptions;
  #counter = 0;

  constructor(options: OwnCommandsOptions) {
    this.#options = options;
  }

  /** `done` is called once, with what became of it. */
  add(operation: Operation, options: WriteOptions, done: WriteDone): void {
    const { bootNonce, clock, requests, traces } = this.#options;
    this.#counter += 1;
    const id = commandId(bootNonce, this.#counter);
    const { deadlineMs, fence, once } = options;
    const trace = options.trace === true ? traces.begin() : undefined;
    requests.add({
      id,
      bytes: encodeCommand({ id, operation, once, fence }),
      deadlineAtMs: clock.nowMs() + deadlineMs,
      origin: undefined,
      settle: traces.settling(trace, done),
      sent: undefined,
      trace,
    });
  }
}
