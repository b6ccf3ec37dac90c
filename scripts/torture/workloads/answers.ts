/** Requests as workloads make them, and what answers say in the words of a history. */
import { unreachable } from '../../../src/kv/unreachable.ts';
import { WrongAnswer, type Answer, type Outcome } from '../client.ts';
import type { Ending } from '../recorder.ts';

export const JSON_BODY = { 'content-type': 'application/json' } as const;
export const TEXT_BODY = { 'content-type': 'text/plain' } as const;
/** In this state of the replica itself, however old: what a negative control reads. */
export const LOCAL = 'consistency=local';

export function kvPath(key: string, query = ''): string {
  return `/v1/kv/${encodeURIComponent(key)}${query === '' ? '' : `?${query}`}`;
}

/** Of the key that was read or written. */
export function revisionOf({ headers, body }: Answer): number {
  const revision = /^"([0-9]+)"$/.exec(headers['etag'] ?? '')?.[1];
  if (revision === undefined) throw new WrongAnswer(`no ETag of a revision, with ${body}`);
  return Number(revision);
}

/** Of a write: a condition that did not hold is a `fail` without an error. */
export function endingOfWrite(outcome: Outcome): Ending {
  switch (outcome.type) {
    case 'ok':
      return { type: 'ok' };
    case 'refused':
      return { type: 'fail' };
    case 'fail':
      return { type: 'fail', error: outcome.why };
    case 'unknown':
      return { type: 'info', error: outcome.why };
    default:
      return unreachable(outcome);
  }
}

/** Of a read: what was found; null where the key is absent. */
export function endingOfRead(
  outcome: Outcome,
  valueOf: (answer: Answer) => unknown = ({ body }) => jsonOf(body),
): Ending {
  if (outcome.type === 'ok') return { type: 'ok', value: valueOf(outcome) };
  if (outcome.type !== 'refused') return endingOfWrite(outcome);
  if (outcome.code === 'key_not_found') return { type: 'ok', value: null };
  throw new WrongAnswer(`a read was refused: ${outcome.status} ${outcome.body}`);
}

export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new WrongAnswer(`no JSON: ${body}`, { cause: error });
  }
}
