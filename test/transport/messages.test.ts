/** The door for a frame's body: what was encoded comes out the same, and nothing else comes in. */
import { Buffer } from 'node:buffer';
import { assert, nat, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../src/transport/message-decoder.ts';
import { encodeMessage } from '../../src/transport/message-encoder.ts';
import { Malformed } from '../../src/transport/shape.ts';
import { ALL_SAMPLES, SAMPLES } from './samples.ts';

const wire = (message: (typeof ALL_SAMPLES)[number]): string => encodeMessage(message);

/** Every place in a JSON value, as a path of names. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([name, v]) => placesOf(v, [...path, name]));
  return [path, ...inner];
}

/** A copy in which the value at a place is another; `undefined` takes the member out. */
function replaced(json: string, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  const copy = JSON.parse(json);
  const [name, ...up] = path.toReversed();
  let holder = copy;
  for (const step of up.toReversed()) holder = holder[step];
  if (value === undefined && Array.isArray(holder)) holder.splice(Number(name), 1);
  else if (value === undefined) delete holder[name ?? ''];
  else holder[name ?? ''] = value;
  return copy;
}

/** Copies with one member more, in each of the objects in turn. */
function withOneMore(json: string, name: string): unknown[] {
  return placesOf(JSON.parse(json)).flatMap((path) => {
    const copy = JSON.parse(json);
    let holder = copy;
    for (const step of path) holder = holder[step];
    if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return [];
    holder[name] = 1;
    return [copy];
  });
}

const STRANGE = [
  null,
  -1,
  1.5,
  -0,
  2 ** 53,
  1e300,
  '',
  '1',
  'a b',
  '\ud800',
  [],
  [1],
  {},
  { __proto__: null, type: 'noop' },
];

describe('every message', () => {
  it.each(ALL_SAMPLES.map((message) => [message.type, message] as const))(
    '%s comes out as it went in',
    (_type, message) => {
      expect(parseMessage(JSON.parse(wire(message)))).toEqual(message);
    },
  );

  it.each(ALL_SAMPLES.map((message) => [message.type, message] as const))(
    '%s with a member too many, at any depth, is refused',
    (_type, message) => {
      const json = wire(message);
      for (const name of ['extra', 'constructor']) {
        for (const copy of withOneMore(json, name)) {
          expect(() => parseMessage(copy)).toThrow(Malformed);
        }
      }
      const polluted = JSON.parse(
        json.replaceAll('{', '{"__proto__":{"x":1},').replaceAll(',}', '}'),
      );
      expect(() => parseMessage(polluted)).toThrow(Malformed);
      expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    },
  );

  it.each(ALL_SAMPLES.map((message) => [message.type, message] as const))(
    '%s with something strange in any place is refused, or is a message of its own',
    (_type, message) => {
      const json = wire(message);
      const taken: [parsed: unknown, sent: unknown][] = [];
      let refused = 0;
      for (const path of placesOf(JSON.parse(json))) {
        for (const strange of [...STRANGE, undefined]) {
          const copy = replaced(json, path, strange);
          try {
            const parsed = parseMessage(copy);
            taken.push([JSON.parse(wire(parsed)), copy]);
          } catch (error) {
            if (!(error instanceof Malformed)) throw error;
            refused += 1;
          }
        }
      }
      expect(refused).toBeGreaterThan(0);
      // What was taken is exactly what its sender wrote.
      expect(taken.map(([parsed]) => parsed)).toEqual(taken.map(([, sent]) => sent));
    },
  );

  it('of any bytes comes out as it went in', () => {
    assert(
      property(uint8Array({ maxLength: 300 }), nat(), (bytes, timeMs) => {
        const command = { type: 'batch', timeMs, bytes } as const;
        const accept = {
          type: 'accept',
          epoch: 1,
          ballot: { round: 1, leader: 1 },
          slot: 1,
          command,
          chosenUpTo: 0,
        } as const;
        const expected = { ...accept, command: { ...command, bytes: Buffer.from(bytes) } };
        expect(parseMessage(JSON.parse(wire(accept)))).toEqual(expected);
      }),
    );
  });

  it('of an unknown type is refused', () => {
    for (const type of ['', 'Accept', '__proto__', 'constructor', 'fetchChosen', 'toString', 1]) {
      expect(() => parseMessage({ type })).toThrow(Malformed);
    }
    for (const value of [null, [], 'accept', 7, {}]) {
      expect(() => parseMessage(value)).toThrow(Malformed);
    }
  });
});

const batch = (bytes: unknown) => ({ type: 'batch', timeMs: 1, bytes });
const acceptOf = (command: unknown, more: object = {}) => ({
  type: 'accept',
  epoch: 1,
  ballot: { round: 1, leader: 1 },
  slot: 1,
  chosenUpTo: 0,
  command,
  ...more,
});
const proposal = (slot: number, round = 1) => ({
  slot,
  ballot: { round, leader: 1 },
  command: batch('AA=='),
});
const promiseOf = (accepted: unknown, more: object = {}) => ({
  type: 'promise',
  epoch: 1,
  ballot: { round: 5, leader: 1 },
  chosenUpTo: 0,
  part: 0,
  parts: 1,
  accepted,
  ...more,
});
const genesisOf = (
  change: (membership: Record<string, unknown>, members: Record<string, unknown>[]) => void,
) => {
  const genesis = JSON.parse(SAMPLES.genesis.map(wire).join(''));
  change(genesis.membership, genesis.membership.members);
  return genesis;
};

const stopOf = (change: object = {}) => {
  const { membership } = genesisOf(() => undefined);
  return { type: 'stop', timeMs: 1, membership: { ...membership, epoch: 2, ...change } };
};

type Case = [name: string, value: unknown];

describe('refused:', () => {
  it.each<Case>([
    ['base64 without its padding', acceptOf(batch('AA'))],
    ['base64 with spare bits', acceptOf(batch('AB=='))],
    ['base64 of the URL alphabet', acceptOf(batch('-_-_'))],
    ['base64 with a newline', acceptOf(batch('AAAA\nAAAA'))],
    ['base64 that goes on after its end', acceptOf(batch('AA==AAAA'))],
    ['more bytes than a command may have', acceptOf(batch('A'.repeat(7 * 1024 * 1024)))],
    ['bytes as a list', acceptOf(batch([1, 2, 3]))],
    ['a command of another type', acceptOf({ type: '__proto__', timeMs: 1, bytes: '' })],
    ['a noop without a ballot', acceptOf({ type: 'noop', timeMs: 1 })],
    ['a stop without a membership', acceptOf({ type: 'stop', timeMs: 1 })],
    ['a stop of another epoch', acceptOf(stopOf(), { epoch: 2 })],
    ['a stop without a voter', acceptOf(stopOf({ members: [] }))],
    [
      'a stop of quorums that need not meet',
      acceptOf(stopOf({ quorums: { phase1: 1, phase2: 0 } })),
    ],
    [
      'a promise with a stop of another epoch',
      promiseOf([{ ...proposal(1), command: stopOf({ epoch: 3 }) }]),
    ],
    ['a noop with bytes', acceptOf({ ...batch('AA=='), type: 'noop' })],
    [
      'the zero ballot where something is proposed',
      acceptOf(batch(''), { ballot: { round: 0, leader: 0 } }),
    ],
    ['half a ballot', acceptOf(batch(''), { ballot: { round: 0, leader: 1 } })],
    ['a leader beyond all ids', acceptOf(batch(''), { ballot: { round: 1, leader: 65_536 } })],
    ['slot 0', acceptOf(batch(''), { slot: 0 })],
    ['a slot of 2^53', acceptOf(batch(''), { slot: 2 ** 53 })],
    ['epoch 0', acceptOf(batch(''), { epoch: 0 })],
    ['a promise out of order', promiseOf([proposal(2), proposal(1)])],
    ['a promise with a slot twice', promiseOf([proposal(2), proposal(2)])],
    ['a promise that reports a higher ballot', promiseOf([proposal(1), proposal(2, 6)])],
    ['a part beyond the parts', promiseOf([], { part: 1 })],
    ['no parts', promiseOf([], { parts: 0 })],
    [
      'a promise of more proposals than fit',
      promiseOf(Array.from({ length: 65_537 }, (_, i) => proposal(i + 1))),
    ],
    [
      'two members of one id',
      genesisOf((_, members) => Object.assign(members[1] ?? {}, { id: 1 })),
    ],
    [
      'two members at one address',
      genesisOf((_, members) => members.forEach((m) => (m.peerUrl = 'http://h:1'))),
    ],
    ['no members', genesisOf((membership) => (membership.members = []))],
    [
      'only non-voting members',
      genesisOf((_, members) => members.forEach((m) => (m.role = 'nonVoting'))),
    ],
    ['quorums that need not meet', genesisOf((m) => (m.quorums = { phase1: 1, phase2: 2 }))],
    ['a quorum larger than all voters', genesisOf((m) => (m.quorums = { phase1: 4, phase2: 2 }))],
    ...[
      'file:///etc/passwd',
      'http://u:p@h:1',
      'http://h/path',
      'http://h?x',
      'https://h:1',
      'h:1',
      'http://',
      'javascript:1',
    ].map((url): Case => [
      `the peer URL ${url}`,
      genesisOf((_, members) => Object.assign(members[0] ?? {}, { peerUrl: url })),
    ]),
  ])('%s', (_name, value) => {
    expect(() => parseMessage(JSON.parse(JSON.stringify(value)))).toThrow(Malformed);
  });

  it('(but what they were made from is taken)', () => {
    expect(parseMessage(acceptOf(batch('AA==')))).toMatchObject({ type: 'accept' });
    expect(parseMessage(promiseOf([proposal(1), proposal(2, 5)]))).toMatchObject({ parts: 1 });
    expect(parseMessage(genesisOf(() => {}))).toEqual(SAMPLES.genesis[0]);
    expect(parseMessage(acceptOf(stopOf()))).toMatchObject({ command: stopOf() });
  });
});
