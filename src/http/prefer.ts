/**
 * What a client would rather have (RFC 7240): `Prefer: redirect`, to be sent to the leader by a replica that
 * does not lead, and `Prefer: wait=30`, that a read waits for a change, in seconds. What is not
 * known here is left aside, as the standard wants it.
 */
import type { Exchange } from './exchange.ts';
import { Problem } from './problem.ts';

const REDIRECT = /(?:^|,)[ \t]*redirect[ \t]*(?:[;,]|$)/i;
const WAIT = /(?:^|,)[ \t]*wait[ \t]*(?:=[ \t]*([^;,]*))?(?:[;,]|$)/i;
const SECONDS = /^(?:"(\d{1,9})"|(\d{1,9}))[ \t]*$/;
const MS_PER_S = 1000;

/** Whether the request was answered with the leader's address, or refused. */
export function redirects(exchange: Exchange): boolean {
  const { prefer } = exchange.fields;
  if (prefer === undefined) return false;
  if (!REDIRECT.test(prefer)) return false;
  const { context, target } = exchange;
  const leader = context.replica.leader();
  if (leader === undefined || leader.id === context.replica.replicaId) return false;
  const location = leader.clientUrl.replace(/\/$/, '') + target.origin;
  exchange.answer(
    307,
    context.replica.store.revision,
    ['Location', location, 'Preference-Applied', 'redirect', 'Vary', 'Prefer'],
    '',
  );
  return true;
}

/** At most `maxMs`; 0: it does not. */
export function parseWaitMs(prefer: string | undefined, maxMs: number): number | Problem {
  const match = prefer === undefined ? null : WAIT.exec(prefer);
  if (match === null) return 0;
  const [, quoted, plain] = SECONDS.exec(match[1] ?? '') ?? [];
  const text = quoted ?? plain;
  if (text !== undefined) return Math.min(maxMs, Number(text) * MS_PER_S);
  return new Problem('invalid_header', 'Prefer: wait is a number of seconds, as in wait=30');
}
