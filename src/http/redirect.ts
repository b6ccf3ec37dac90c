/** `Prefer: redirect` on a replica that does not lead: the client is sent to the leader. */
import type { Exchange } from './exchange.ts';
import { Problem } from './problem.ts';

const REDIRECT = /(?:^|,)[ \t]*redirect[ \t]*(?:[;,]|$)/i;
const WAIT = /(?:^|,)[ \t]*wait[ \t]*(?:[=;,]|$)/i;

/** Whether the request was answered with the leader's address, or refused. */
export function redirects(exchange: Exchange): boolean {
  const { prefer } = exchange.fields;
  if (prefer === undefined) return false;
  if (WAIT.test(prefer)) {
    exchange.refuse(new Problem('not_supported', 'Prefer: wait is not supported yet'));
    return true;
  }
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
