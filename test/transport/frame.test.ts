/** The framing: damage is never taken, however the bytes arrive. The example of docs/peers.md. */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import { Directory } from '../../src/transport/directory.ts';
import { Door } from '../../src/transport/door.ts';
import { macKey, openFrame, sealFrame } from '../../src/transport/frame.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';
import { LineSplitter } from '../../src/transport/line-splitter.ts';
import { DEFAULT_LIMITS } from '../../src/transport/limits.ts';
import { accept, CLUSTER, heartbeat, incarnationOf, membershipOf, SECRET } from './network-kit.ts';

const URLS = new Map([1, 2, 3].map((id) => [id, `http://127.0.0.1:${7600 + id}`] as const));
const KEY = macKey(SECRET);

function doorOf(id: ReplicaId, secret: Buffer | undefined = SECRET): Door {
  const self = { replicaId: id, incarnation: incarnationOf(id) };
  const directory = new Directory(self, () => SAID);
  directory.setMembership(membershipOf(URLS));
  return new Door(macKey(secret), directory, DEFAULT_LIMITS.lineBytes);
}

const HEADER = {
  cluster: CLUSTER,
  from: 1,
  fromIncarnation: incarnationOf(1),
  to: 2,
  toIncarnation: incarnationOf(2),
};
const SAID = { sequence: 12, witnessed: 7 };
const withoutEnd = (line: Buffer): Buffer => line.subarray(0, line.length - 1);
const message = accept(5, Buffer.from('a command of a few bytes'));

/** A signed line around any frame text at all. */
function signed(text: string): Buffer {
  const mac = createHmac('sha256', SECRET).update(text).digest('hex');
  return Buffer.from(`{"mac":"${mac}","frame":${text}}`);
}

describe('a frame', () => {
  it('is opened by its destination', () => {
    const line = withoutEnd(doorOf(1).seal(2, message));
    expect(doorOf(2).open(line)).toMatchObject({ frame: { ...HEADER, said: SAID }, body: message });
    expect(doorOf(3).open(line)).toBe('wrongDestination');
  });

  it('is JSON whose MAC anybody with the secret can make', () => {
    const line = doorOf(1).seal(2, message).toString();
    const { mac, frame } = JSON.parse(line);
    expect(frame).toMatchObject({ version: 5, ...HEADER, ...SAID });
    expect(mac).toBe(createHmac('sha256', SECRET).update(JSON.stringify(frame)).digest('hex'));
    expect(line).toBe(`${JSON.stringify({ mac, frame })}\n`);
  });

  it('is not taken with any one byte changed, gone, or added', () => {
    const door = doorOf(2);
    const line = withoutEnd(doorOf(1).seal(2, message));
    for (let at = 0; at < line.length; at += 1) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const damaged = Buffer.from(line);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(typeof door.open(damaged)).toBe('string');
      }
      const cut = Buffer.concat([line.subarray(0, at), line.subarray(at + 1)]);
      expect(typeof door.open(cut)).toBe('string');
      const grown = Buffer.concat([line.subarray(0, at), Buffer.from('0'), line.subarray(at)]);
      expect(typeof door.open(grown)).toBe('string');
      expect(typeof door.open(line.subarray(0, at))).toBe('string');
    }
    expect(door.open(line)).toMatchObject({ body: message });
  });

  it('of another secret, or of none, is not taken', () => {
    const other = Buffer.from('another secret of enough bytes');
    expect(doorOf(2).open(withoutEnd(doorOf(1, other).seal(2, message)))).toBe('badMac');
    const none = new Door(
      macKey(undefined),
      new Directory({ replicaId: 1, incarnation: 'a' }),
      1e6,
    );
    expect(doorOf(2).open(withoutEnd(none.seal(2, { type: 'hello' })))).toBe('badMac');
  });

  it('needs a secret that is worth the name', () => {
    expect(() => macKey(Buffer.alloc(0))).toThrow('at least 16 bytes');
    expect(() => macKey(Buffer.alloc(15))).toThrow('at least 16 bytes');
  });

  it('of the same message to several peers is encoded once', () => {
    let reads = 0;
    const command = {
      type: 'batch' as const,
      timeMs: 1,
      get bytes() {
        reads += 1;
        return Buffer.from('bytes');
      },
    };
    const door = doorOf(1);
    const counted: PeerMessage = Object.assign(accept(5, Buffer.alloc(0)), { command });
    door.seal(2, counted);
    const once = reads;
    door.seal(3, counted);
    expect(reads).toBe(once);
    door.seal(2, message);
    door.seal(2, counted);
    expect(reads).toBe(2 * once);
  });

  it('holds a command of a whole slot', () => {
    const largeBytes = Buffer.alloc(4 * 1024 * 1024 + 1024, 0x5a);
    const large = accept(5, largeBytes);
    const opened = doorOf(2).open(withoutEnd(doorOf(1).seal(2, large)));
    const body = typeof opened === 'string' ? undefined : opened.body;
    if (body?.type !== 'accept' || body.command.type !== 'batch') throw new Error('not taken');
    expect(Buffer.from(largeBytes).equals(body.command.bytes)).toBe(true);
  });
});

const frameText = JSON.stringify({ version: 5, ...HEADER, ...SAID, body: heartbeat(1) });

describe('a frame that is signed and yet', () => {
  it.each([
    ['another version', frameText.replace('"version":5', '"version":1'), 'badVersion'],
    ['version 0', frameText.replace('"version":5', '"version":0'), 'badVersion'],
    ['a version as a string', frameText.replace('"version":5', '"version":"1"'), 'badVersion'],
    ['no version', frameText.replace('"version":5,', ''), 'badFrame'],
    ['no JSON', '{', 'badFrame'],
    ['no object', '[1]', 'badFrame'],
    ['null', 'null', 'badFrame'],
    ['a member too many', frameText.replace('{', '{"x":1,'), 'badFrame'],
    ['__proto__', frameText.replace('{', '{"__proto__":{},'), 'badFrame'],
    ['sender 0', frameText.replace('"from":1', '"from":0'), 'badFrame'],
    ['a sender of 2^53', frameText.replace('"from":1', '"from":9007199254740993'), 'badFrame'],
    ['a sender as a string', frameText.replace('"from":1', '"from":"1"'), 'badFrame'],
    ['a cluster in capitals', frameText.replaceAll(CLUSTER, CLUSTER.toUpperCase()), 'badFrame'],
    ['no sequence', frameText.replace('"sequence":12,', ''), 'badFrame'],
    ['a sequence below 0', frameText.replace('"sequence":12', '"sequence":-1'), 'badFrame'],
    ['a sequence of -0', frameText.replace('"sequence":12', '"sequence":-0'), 'badFrame'],
    ['a sequence as a string', frameText.replace('"sequence":12', '"sequence":"12"'), 'badFrame'],
    ['no witnessed', frameText.replace('"witnessed":7,', ''), 'badFrame'],
    ['a witnessed of 2^53', frameText.replace('ed":7', 'ed":9007199254740992'), 'badFrame'],
    ['a witnessed of 1.5', frameText.replace('"witnessed":7', '"witnessed":1.5'), 'badFrame'],
    ['a witnessed of null', frameText.replace('"witnessed":7', '"witnessed":null'), 'badFrame'],
    ['no body', JSON.stringify({ version: 5, ...HEADER, ...SAID }), 'badFrame'],
    [
      'a body that is a list',
      JSON.stringify({ version: 5, ...HEADER, ...SAID, body: [] }),
      'badMessage',
    ],
    [
      'a body without a type',
      JSON.stringify({ version: 5, ...HEADER, ...SAID, body: {} }),
      'badMessage',
    ],
    [
      'a very deep body',
      `${frameText.slice(0, -1)},"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      'badFrame',
    ],
  ])('has %s is refused', (_name, text, reason) => {
    expect(doorOf(2).open(signed(text))).toBe(reason);
  });

  it('(but the one they were made from is taken)', () => {
    expect(doorOf(2).open(signed(frameText))).toMatchObject({ body: heartbeat(1) });
  });
});

function split(chunks: readonly Buffer[], maxBytes = 10_000): { fits: boolean; got: unknown[] } {
  const splitter = new LineSplitter();
  const got: unknown[] = [];
  let fits = true;
  for (const chunk of chunks) {
    fits = splitter.push(
      chunk,
      () => maxBytes,
      (line) => {
        const frame = openFrame(KEY, line);
        got.push(typeof frame === 'string' ? frame : frame.body);
        return true;
      },
    );
    if (!fits) break;
  }
  return { fits, got };
}

describe('lines', () => {
  const lines = [1, 2, 3].map((slot) =>
    sealFrame(KEY, { ...HEADER, said: SAID }, Buffer.from(`{"n":${slot}}`)),
  );
  const bytes = Buffer.concat(lines);

  it('are found wherever the bytes are cut in two', () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      const { got } = split([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(got).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    }
  });

  it('are found a byte at a time, and three at a time', () => {
    for (const size of [1, 3]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(split(chunks).got).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    }
  });

  it('that are too long are noticed before their end', () => {
    expect(split([Buffer.alloc(101, 'x')], 100)).toEqual({ fits: false, got: [] });
    expect(split([Buffer.alloc(60, 'x'), Buffer.alloc(41, 'x')], 100).fits).toBe(false);
    expect(split([Buffer.alloc(60, 'x'), Buffer.alloc(40, 'x')], 100).fits).toBe(true);
    expect(split([Buffer.from(`${'x'.repeat(100)}\n`)], 100)).toEqual({
      fits: true,
      got: ['badFrame'],
    });
    expect(split([Buffer.from(`${'x'.repeat(101)}\n`)], 100).fits).toBe(false);
  });

  it('after a damaged one are found again', () => {
    const damaged = Buffer.from(bytes);
    damaged[(lines[0]?.length ?? 0) + 100] = 0x7e;
    expect(split([damaged]).got).toEqual([{ n: 1 }, 'badMac', { n: 3 }]);
  });
});

describe('docs/peers.md', () => {
  it('shows a frame that is right to the byte', () => {
    const doc = readFileSync(new URL('../../docs/peers.md', import.meta.url), 'utf8');
    const secret = /secret is `([^`]+)`/.exec(doc)?.[1] ?? '';
    const line = /^\{"mac":.*\}$/m.exec(doc)?.[0] ?? '';
    const opened = openFrame(macKey(Buffer.from(secret)), Buffer.from(line));
    expect(opened).toMatchObject({ from: 1, to: 2, body: { type: 'accept' } });
  });
});
