/** Waiting for a state, never for a time: asks again until it holds, and fails at the limit. */
import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the error's text. */
  readonly what: string;
  readonly limitMs: number;
  readonly everyMs?: number;
}

/** Resolves with the first result that is not undefined. A question that throws is asked again. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions,
): Promise<T> {
  const started = performance.now();
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() - started > options.limitMs) {
      throw new Error(`no ${options.what} within ${options.limitMs} ms`, { cause: last });
    }
    await pause(options.everyMs ?? 10);
  }
}
