import { describe, expect, test } from 'vitest';
import { encodeBatch } from '../../src/kv/batch.ts';
import { encodeCommand } from '../../src/kv/command-codec.ts';
import type { Operation } from '../../src/kv/operation.ts';
import { bodyText } from '../../src/simulation/lane-text.ts';
import { commandText, fetchedBody, messageBody } from '../../src/simulation/message-body.ts';
import { eventProblem } from '../../src/simulation/trace-shape.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';
import { SAMPLES } from '../transport/samples.ts';

const MESSAGES = Object.values(SAMPLES)
  .flat()
  .filter((message): message is PeerMessage => message.type !== 'hello');
const PUT: Operation = {
  type: 'put',
  key: 'k1',
  value: new TextEncoder().encode('a value of more than 24 characters'),
  contentType: 'text/plain',
  prev: false,
  condition: { ifMatch: [3, 4] },
};
const DELETE: Operation = {
  type: 'delete',
  key: 'k2',
  prev: true,
  condition: { ifNoneMatch: '*' },
};
const BALLOT = { round: 3, leader: 1 };

function batch(...operations: readonly Operation[]): Uint8Array {
  const id = '0123456789abcdef'.repeat(2);
  return encodeBatch(operations.map((operation) => encodeCommand({ id, operation })));
}

describe('a message in a trace', () => {
  test.each(MESSAGES)('$type', (message) => {
    const body = JSON.parse(JSON.stringify(messageBody(message)));
    const sent = { type: 'sent', message: 1, from: 1, to: 2, body };
    expect(eventProblem(sent)).toBeUndefined();
    const text = bodyText(body);
    expect(text.startsWith(message.type)).toBe(true);
    expect(text).not.toMatch(/undefined|object/);
  });

  test('shows what commands would do', () => {
    const bytes = batch(PUT, DELETE, { type: 'deleteRange', prefix: 'k' });
    expect(commandText({ type: 'batch', timeMs: 1, bytes })).toBe(
      "put k1='a value of more than 24 ...' if at 3 or 4, delete k2 if not at any, delete k*",
    );
    expect(commandText({ type: 'noop', timeMs: 1, ballot: BALLOT })).toBe('noop 3.1');
    const strange = { type: 'batch', timeMs: 1, bytes: new Uint8Array(7) } as const;
    expect(commandText(strange)).toBe('7 strange bytes');
  });

  test('shows the first proposals that it carries', () => {
    const noop = { type: 'noop', timeMs: 1, ballot: BALLOT } as const;
    const proposals = [5, 6, 7, 8].map((slot) => ({
      epoch: 1,
      slot,
      ballot: BALLOT,
      command: noop,
    }));
    expect(bodyText(fetchedBody({ type: 'chosenSlots', chosenUpTo: 8, proposals }))).toBe(
      'fetched(slot 5: (3.1, noop 3.1); slot 6: (3.1, noop 3.1); slot 7: (3.1, noop 3.1); and 1 more)',
    );
    expect(bodyText(fetchedBody(undefined))).toBe('fetched(nothing)');
  });
});
