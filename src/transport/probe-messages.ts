/**
 * "Who are you?": asked of a replica that is to become a member. So it passes between replicas of
 * whatever cluster, of one or of none; nothing changes by it.
 */
import { MAX_VERSION_CHARS } from './limits.ts';
import { PROBE_TYPE } from './messages.ts';
import type { Probed } from '../paxos/orders.ts';
import type { PullKind } from './pull.ts';
import { PROBE_PATH } from './routes.ts';
import { parseDiskLevel } from './message-decoder.ts';
import { exactFields, hex128, hex128OrEmpty, integer, refuse, text, typeOf } from './shape.ts';

export const PROBE: PullKind<undefined, Probed> = {
  path: PROBE_PATH,
  type: PROBE_TYPE,
  encodeRequest: (nonce) => JSON.stringify({ type: PROBE_TYPE, nonce }),
  parseRequest(value) {
    if (typeOf(value) !== PROBE_TYPE) refuse('not a probe');
    const { nonce } = exactFields(value, ['type', 'nonce']);
    return { nonce: hex128(nonce), request: undefined };
  },
  encodeAnswer: (nonce, answer) => JSON.stringify({ type: PROBE_TYPE, nonce, ...answer }),
  parseAnswer(value, nonce) {
    const names = ['type', 'nonce', 'incarnation', 'version', 'clusterId', 'disk', 'wallMs'];
    const fields = exactFields(value, names);
    if (fields.type !== PROBE_TYPE) refuse('not the answer to a probe');
    if (fields.nonce !== nonce) refuse('the answer to another request');
    return {
      incarnation: hex128(fields.incarnation),
      version: text(fields.version, MAX_VERSION_CHARS),
      clusterId: hex128OrEmpty(fields.clusterId),
      disk: parseDiskLevel(fields.disk),
      wallMs: integer(fields.wallMs, 0),
    };
  },
};
