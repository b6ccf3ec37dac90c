/** Watches over HTTP: every event once, in order, and a place to go on from wherever they end. */
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttp, until, type HttpFixture } from './http-fixture.ts';
import { call } from './raw-client.ts';

const HEARTBEAT_MS = 40;

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp({ watches: 3 });
});
afterEach(() => http.server.close());

interface Event {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly id: string | undefined;
}

/** What a browser's `EventSource` makes of the text, whose last event is whole. */
function parseEvents(text: string): readonly Event[] {
  const blocks = text.split('\n\n').slice(0, -1);
  const events = blocks.map((block) => {
    const fields = new Map(block.split('\n').map((line) => splitField(line)));
    return { event: fields.get('event'), data: fields.get('data'), id: fields.get('id') };
  });
  return events.flatMap(({ data, event, id }) =>
    event === undefined ? [] : [{ event, data: JSON.parse(data ?? ''), id }],
  );
}

function splitField(line: string): [string, string] {
  const at = line.indexOf(': ');
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 2)];
}

class Watching {
  readonly answer: IncomingMessage;
  text = '';
  isEnded = false;

  constructor(answer: IncomingMessage) {
    this.answer = answer;
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => {
      this.text += text;
    });
    answer.on('end', () => {
      this.isEnded = true;
    });
    answer.on('error', () => undefined);
  }

  get events(): readonly Event[] {
    return parseEvents(this.text);
  }

  async untilEvents(count: number): Promise<readonly Event[]> {
    await until(() => this.events.length >= count);
    return this.events;
  }

  close(): void {
    this.answer.destroy();
  }
}

function open(query: string, headers: Readonly<Record<string, string>> = {}): Promise<Watching> {
  return new Promise((resolve, reject) => {
    const options = { port: http.port, path: `/v1/watch?${query}`, headers };
    get(options, (answer) => resolve(new Watching(answer))).on('error', reject);
  });
}

function put(key: string, body = 'v'): Promise<unknown> {
  return call(http.port, 'PUT', `/v1/kv/${key}`, { body });
}

function remove(target: string): Promise<unknown> {
  return call(http.port, 'DELETE', `/v1/kv${target}`);
}

const told = (events: readonly Event[]) =>
  events.map(({ data, event, id }) => [event, data['key'], data['revision'], id]);

describe('a watch', () => {
  test('tells what happens from now on to the keys with its prefix', async () => {
    await put('a/1');
    const watching = await open('prefix=a/');
    expect(watching.answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'synod-revision': '1',
      'synod-consistency': 'linearizable',
    });
    await put('a/2', 'two');
    await put('b');
    await put('a/1');
    await remove('/a/2');
    const events = await watching.untilEvents(3);
    expect(told(events)).toEqual([
      ['put', 'a/2', 2, '2'],
      ['put', 'a/1', 4, '4'],
      ['delete', 'a/2', 5, '5'],
    ]);
    expect(events[0]?.data).toEqual({
      event: 'put',
      key: 'a/2',
      value: 'two',
      encoding: 'utf8',
      contentType: 'application/octet-stream',
      createRevision: 2,
      revision: 2,
      version: 1,
    });
    expect(events[2]?.data).toEqual({ event: 'delete', revision: 5, key: 'a/2' });
    watching.close();
  });

  test('of a key is of that key alone', async () => {
    const watching = await open('key=a');
    await put('ab');
    await put('a');
    await put('a%00');
    await put('a');
    expect(told(await watching.untilEvents(2))).toEqual([
      ['put', 'a', 2, '2'],
      ['put', 'a', 4, '4'],
    ]);
    watching.close();
  });

  test('begins behind the revision that is given, in the past', async () => {
    for (const key of ['a', 'b', 'a', 'c']) await put(key);
    const watching = await open('prefix=&since=1');
    expect(told(await watching.untilEvents(3))).toEqual([
      ['put', 'b', 2, '2'],
      ['put', 'a', 3, '3'],
      ['put', 'c', 4, '4'],
    ]);
    await put('d');
    expect(told(await watching.untilEvents(4)).at(-1)).toEqual(['put', 'd', 5, '5']);
    watching.close();
  });

  test('goes on behind the Last-Event-ID, which wins over since', async () => {
    for (const key of ['a', 'b', 'c']) await put(key);
    const watching = await open('prefix=&since=0', { 'Last-Event-ID': '2' });
    expect(told(await watching.untilEvents(1))).toEqual([['put', 'c', 3, '3']]);
    watching.close();
  });

  test('tells all of one revision, of which the last event alone has its id', async () => {
    await put('a');
    const actions = [
      { op: 'put', key: 'b', value: '1' },
      { op: 'delete', key: 'a' },
      { op: 'put', key: 'c', value: '2' },
    ];
    const body = `{"then":${JSON.stringify(actions)}}`;
    const live = await open('prefix=');
    const fields = { 'Content-Type': 'application/json' };
    await call(http.port, 'POST', '/v1/txn', { fields, body });
    const later = await open('prefix=&since=1');
    for (const watching of [live, later]) {
      const events = await watching.untilEvents(3);
      expect(events.map(({ data, id }) => [data['revision'], id])).toEqual([
        [2, undefined],
        [2, undefined],
        [2, '2'],
      ]);
      expect(new Set(events.map(({ data }) => data['key']))).toEqual(new Set(['a', 'b', 'c']));
      watching.close();
    }
  });

  test('says what the keys had before, where that is asked for', async () => {
    const [plain, withPrev] = [await open('prefix='), await open('prefix=&prev')];
    await put('a', 'one');
    await put('a', 'two');
    await remove('/a');
    const prevs = (await withPrev.untilEvents(3)).map(({ data }) => data['prev']);
    expect(prevs).toEqual([
      null,
      expect.objectContaining({ key: 'a', value: 'one', revision: 1 }),
      expect.objectContaining({ key: 'a', value: 'two', revision: 2 }),
    ]);
    expect((await plain.untilEvents(3)).every(({ data }) => !('prev' in data))).toBe(true);
    plain.close();
    withPrev.close();
  });

  test('has the same objects as lines', async () => {
    const headers = { Accept: 'application/x-ndjson' };
    const [lines, events] = [await open('prefix=', headers), await open('prefix=')];
    expect(lines.answer.headers['content-type']).toBe('application/x-ndjson');
    await put('a');
    await remove('/a');
    await until(() => lines.text.split('\n').length === 3);
    const objects = lines.text.trimEnd().split('\n');
    const data = (await events.untilEvents(2)).map((event) => event.data);
    expect(objects.map((line): unknown => JSON.parse(line))).toEqual(data);
    lines.close();
    events.close();
  });

  test('is refused where there is no such place, or no more room', async () => {
    await put('a');
    const { status, body } = await call(http.port, 'GET', '/v1/watch?prefix=&since=2');
    expect([status, JSON.parse(body).code]).toEqual([400, 'future_revision']);
    http.replica.store.oldestRevision = 1;
    const gone = await call(http.port, 'GET', '/v1/watch?prefix=&since=0');
    expect(gone.status).toBe(410);
    expect(JSON.parse(gone.body)).toMatchObject({ code: 'compacted', oldestRevision: 1 });
    const open3 = await Promise.all([open('prefix='), open('prefix='), open('prefix=')]);
    expect((await call(http.port, 'GET', '/v1/watch?prefix=')).status).toBe(503);
    for (const watching of open3) watching.close();
    await until(() => http.server.load().requests === 0);
  });

  test('is told where history is gone, and ends', async () => {
    for (let left = 10; left > 0; left -= 1) await put('a');
    http.replica.store.changesHeld = true;
    const watching = await open('prefix=&since=2');
    http.replica.store.oldestRevision = 5;
    http.replica.store.releaseChanges();
    await until(() => watching.isEnded);
    expect(watching.events.at(-1)).toEqual({
      event: 'reset',
      data: { event: 'reset', revision: 10, oldestRevision: 5 },
      id: undefined,
    });
  });

  test('is no request in flight, and ends when the server closes', async () => {
    const watching = await open('prefix=');
    expect(http.server.load().requests).toBe(0);
    await http.server.close();
    await until(() => watching.isEnded);
  });
});

describe('a watch on which nothing happens', () => {
  beforeEach(async () => {
    await http.server.close();
    http = await startHttp({ watchHeartbeatMs: HEARTBEAT_MS });
  });

  test('has comments, and bookmarks where something happened elsewhere', async () => {
    const watching = await open('prefix=a/');
    await until(() => watching.text.includes(':\n\n:\n\n'));
    expect(watching.events).toEqual([]);
    await put('b');
    await put('c');
    await until(() => watching.events.some(({ id }) => id === '2'));
    const last = watching.events.at(-1);
    expect([last?.event, last?.data]).toEqual(['bookmark', { event: 'bookmark', revision: 2 }]);
    watching.close();
  });

  test('has bookmarks alone as lines', async () => {
    await put('b');
    const watching = await open('prefix=a/', { Accept: 'application/x-ndjson' });
    await until(() => watching.text.split('\n').length > 2);
    const line: unknown = JSON.parse(watching.text.split('\n')[0] ?? '');
    expect(line).toEqual({ event: 'bookmark', revision: 1 });
    watching.close();
  });
});

describe('a client that reads slowly', () => {
  const VALUE = 'x'.repeat(200_000);
  const PUTS = 40;

  async function fill(): Promise<void> {
    for (let left = PUTS; left > 0; left -= 1) await put('a', VALUE);
  }

  test('gets everything once it reads, and holds little until then', async () => {
    const watching = await open('prefix=');
    watching.answer.pause();
    await fill();
    expect(http.server.load().unsentBytes).toBeLessThan(4 * VALUE.length);
    watching.answer.resume();
    await until(() => watching.text.length > PUTS * VALUE.length);
    const events = await watching.untilEvents(PUTS);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, at) => `${at + 1}`));
    watching.close();
  });

  test('is cut off where it takes nothing for too long', async () => {
    await http.server.close();
    http = await startHttp({ watchHeartbeatMs: HEARTBEAT_MS });
    const watching = await open('prefix=');
    watching.answer.pause();
    await fill();
    await until(() => http.server.load().unsentBytes === 0);
    watching.answer.resume();
    await until(() => watching.answer.destroyed || watching.isEnded);
    expect(watching.events.length).toBeLessThan(PUTS);
  });
});
