/** Frames are read and sealed anew so that what they say alone can keep them out. */
import { describe, expect, test } from 'vitest';
import {
  epochOf,
  readFrame,
  sealAnew,
  strangeIncarnation,
} from '../../../../scripts/torture/faults/forgery.ts';
import { macKey, openFrame, sealFrame } from '../../../../src/transport/frame.ts';

const KEY = macKey(Buffer.from('an example of a secret'));
const OTHER_KEY = macKey(Buffer.from('another secret, as long'));
const HEADER = {
  cluster: strangeIncarnation('1'),
  from: 1,
  fromIncarnation: strangeIncarnation('2'),
  to: 2,
  toIncarnation: strangeIncarnation('3'),
  said: { sequence: 7, witnessed: 5 },
};
const BODY = { type: 'accepted', epoch: 3, ballot: { round: 4, leader: 1 }, slot: 9 };
const LINE = sealFrame(KEY, HEADER, Buffer.from(JSON.stringify(BODY))).subarray(0, -1);

describe('a captured frame', () => {
  const frame = readFrame(KEY, LINE);
  if (frame === undefined) throw new Error('it is a frame');

  test('says what it said', () => {
    expect(frame).toEqual({ ...HEADER, body: BODY });
    expect(epochOf(frame)).toBe(3);
  });

  test('is none for whoever has another secret, nor where a byte is missing', () => {
    expect(readFrame(OTHER_KEY, LINE)).toBeUndefined();
    expect(readFrame(KEY, LINE.subarray(0, -1))).toBeUndefined();
    expect(readFrame(KEY, Buffer.alloc(0))).toBeUndefined();
  });

  test('without changes is the same line', () => {
    expect(sealAnew(KEY, frame, {}).toString()).toBe(LINE.toString());
  });

  test.each([
    { cluster: strangeIncarnation('c') },
    { cluster: '' },
    { from: 60_000 },
    { fromIncarnation: strangeIncarnation('a') },
    { toIncarnation: strangeIncarnation('b') },
  ])('with another header: %j', (changes) => {
    expect(openFrame(KEY, sealAnew(KEY, frame, changes))).toEqual({
      ...HEADER,
      body: BODY,
      ...changes,
    });
  });

  test('of another epoch', () => {
    const forged = openFrame(KEY, sealAnew(KEY, frame, { epoch: 1_003 }));
    expect(forged).toEqual({ ...HEADER, body: { ...BODY, epoch: 1_003 } });
  });
});

test('a heartbeat of the stream has no epoch', () => {
  const line = sealFrame(KEY, HEADER, Buffer.from('{"type":"hello"}')).subarray(0, -1);
  const frame = readFrame(KEY, line);
  expect(frame === undefined ? undefined : [epochOf(frame)]).toEqual([undefined]);
});
