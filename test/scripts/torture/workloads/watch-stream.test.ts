import { describe, expect, test } from 'vitest';
import { WrongAnswer } from '../../../../scripts/torture/client.ts';
import { placeAfter, type WatchResult } from '../../../../scripts/torture/workloads/watch-place.ts';
import {
  WatchReader,
  type WatchEvent,
  type WatchFormat,
} from '../../../../scripts/torture/workloads/watch-stream.ts';

const put = {
  event: 'put',
  key: 'w/é',
  value: 'ü',
  revision: 7,
  version: 1,
  createRevision: 7,
} as const;
const gone = { event: 'expire', key: 'w/a', revision: 8 } as const;
const bookmark = { event: 'bookmark', revision: 9 } as const;
const reset = { event: 'reset', oldestRevision: 12 } as const;
const json = (value: object): string => JSON.stringify({ ...value, encoding: 'utf8' });

function cut(...events: readonly WatchEvent[]): WatchResult {
  return { events, ended: 'cut' };
}

function read(format: WatchFormat, text: string, chunkBytes: number) {
  const reader = new WatchReader(format);
  const bytes = new TextEncoder().encode(text);
  const starts = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) => at);
  return starts.flatMap((at) =>
    reader.read(bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes)),
  );
}

describe.each([1, 7, 10_000])('in chunks of %i bytes', (chunkBytes) => {
  test('events are put together, with their ids; comments and what is cut off are left out', () => {
    const text =
      `:\n\nevent: put\ndata: ${json(put)}\n\nevent: expire\ndata: ${json(gone)}\nid: 8\n\n` +
      `event: bookmark\ndata: ${json(bookmark)}\nid: 9\n\nevent: put\ndata: ${json(put)}\n`;
    const events = [put, { ...gone, id: 8 }, { ...bookmark, id: 9 }];
    expect(read('events', text, chunkBytes)).toEqual(events);
  });

  test('so are lines', () => {
    const text = `${json(put)}\n${json(gone)}\n${json(reset)}\n{"event":"put"`;
    expect(read('lines', text, chunkBytes)).toEqual([put, gone, reset]);
  });
});

test.each([
  ['lines', 'not JSON\n'],
  ['lines', '{"event":"moved","key":"w/a","revision":3}\n'],
  ['events', `event: delete\ndata: ${json(gone)}\n\n`],
] as const)('%s that are none end the run: %j', (format, text) => {
  expect(() => read(format, text, text.length)).toThrow(WrongAnswer);
});

describe('where a watch goes on', () => {
  const call = { prefix: 'w/', since: 5 } as const;
  const lines = { ...call, lines: true } as const;

  test('where nothing came, where it began', () => {
    expect(placeAfter(call, cut())).toBe(5);
    expect(placeAfter({ ...call, since: null }, { ...cut(), from: 6 })).toBe(6);
    expect(placeAfter({ ...call, since: null }, cut())).toBeNull();
  });

  test('behind the last id: of a revision without one, more may have been on the way', () => {
    expect(placeAfter(call, cut({ ...put, id: 7 }, gone))).toBe(7);
    expect(placeAfter(call, cut(put))).toBe(5);
  });

  test('as lines, before the last revision', () => {
    expect(placeAfter(lines, cut(put, gone))).toBe(7);
  });

  test('at the last bookmark; where history is gone, at its beginning', () => {
    expect(placeAfter(lines, cut(put, bookmark))).toBe(9);
    expect(placeAfter(call, cut({ ...put, id: 7 }, reset))).toBe(12);
  });
});
