/** A short run as a trace: a leader's proposal is lost on one link, and a replica crashes. */
import type { TracedEvent, TraceEvent } from '../../src/simulation/trace-event.ts';

const COMMAND = "put k1='a'";

const TIMED: readonly (readonly [number, TraceEvent])[] = [
  [0, { type: 'replica', replica: 1, what: 'boot', text: 'life 1' }],
  [0, { type: 'replica', replica: 2, what: 'boot', text: 'life 1' }],
  [1, { type: 'replica', replica: 3, what: 'boot', text: 'life 1' }],
  [5, { type: 'world', what: 'cut', text: 'R3 is deaf', links: [[1, 3]] }],
  [6, { type: 'invoke', client: 1, operation: 1, replica: 1, text: COMMAND }],
  [7, sent(1, 2, { type: 'accept', ballot: '3.1', slot: 5, command: COMMAND, chosenUpTo: 4 }, 1)],
  [7, sent(1, 3, { type: 'accept', ballot: '3.1', slot: 5, command: COMMAND, chosenUpTo: 4 }, 2)],
  [7, { type: 'lost', message: 2, why: 'cut' }],
  [8, sent(1, 2, { type: 'heartbeat', ballot: '3.1', chosenUpTo: 4 }, 3)],
  [9, { type: 'delivered', message: 1, repeated: false }],
  [9, { type: 'delivered', message: 3, repeated: false }],
  [
    10.5,
    {
      type: 'replica',
      replica: 2,
      what: 'durable',
      text: 'accepted 3.1 in slot 5',
      ballot: '3.1',
      slot: 5,
      command: COMMAND,
    },
  ],
  [10.5, { type: 'chosen', replica: 2, slot: 5, ballot: '3.1', command: COMMAND }],
  [10.5, sent(2, 1, { type: 'accepted', ballot: '3.1', slot: 5 }, 4)],
  [12, { type: 'delivered', message: 4, repeated: false }],
  [12, { type: 'replica', replica: 1, what: 'applied', text: 'slot 5', slot: 5 }],
  [
    12,
    {
      type: 'return',
      client: 1,
      operation: 1,
      replica: 1,
      outcome: 'applied',
      slot: 5,
      text: 'ok',
    },
  ],
  [20, { type: 'replica', replica: 1, what: 'crash', text: 'its power fails' }],
  [200, { type: 'delivered', message: 1, repeated: true }],
  [200, { type: 'violation', invariant: 'I1', text: 'I1: agreement (slot 5)' }],
];

export const SAMPLE: readonly TracedEvent[] = TIMED.map(([atMs, event]) => ({ atMs, event }));

function sent(
  from: number,
  to: number,
  body: Extract<TraceEvent, { readonly type: 'sent' }>['body'],
  message: number,
): TraceEvent {
  return { type: 'sent', message, from, to, body };
}
