/** `GET /v1/snapshot`: a stream that ends only where it is whole. */
import { createHash } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '../../src/replica/api.ts';
import { type HttpFixture, startHttp } from './http-fixture.ts';
import { call } from './raw-client.ts';

let http: HttpFixture;

beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.server.close());

class Pieces implements Backup {
  readonly clusterId = 'c'.repeat(32);
  readonly slot = 90;
  closed = 0;
  readonly #pieces: (Buffer | Error)[];

  constructor(...pieces: readonly (Buffer | Error)[]) {
    this.#pieces = [...pieces];
  }

  next(done: (error: Error | undefined, piece: Uint8Array | undefined) => void): void {
    const piece = this.#pieces.shift();
    if (piece instanceof Error) done(piece, undefined);
    else done(undefined, piece);
  }

  close(): void {
    this.closed += 1;
  }
}

function open(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port: http.port, path: '/v1/snapshot' }, resolve).on('error', reject);
  });
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function give(backup: Backup): void {
  http.replica.backupOutcome = { type: 'backup', backup };
}

test('all pieces in order, and their digest behind them', async () => {
  const backup = new Pieces(Buffer.from('one'), Buffer.alloc(3_000_000, 2), Buffer.from('three'));
  give(backup);
  const response = await open();
  const bytes = await bytesOf(response);
  expect(bytes.length).toBe(3_000_008);
  const digest = createHash('sha256').update(bytes).digest('base64');
  expect(response.headers).toMatchObject({
    'content-type': 'application/vnd.synod.backup',
    'content-disposition': 'attachment; filename="synod-cccccccc-slot-90.backup"',
    trailer: 'Repr-Digest',
  });
  expect(response.trailers).toEqual({ 'repr-digest': `sha-256=:${digest}:` });
  expect(backup.closed).toBe(1);
});

test('one that cannot be read to its end is cut off, never ended', async () => {
  const backup = new Pieces(Buffer.from('one'), new Error('the disk failed'));
  give(backup);
  const response = await open();
  await expect(bytesOf(response)).rejects.toThrow('aborted');
  expect(response.complete).toBe(false);
  expect(backup.closed).toBe(1);
});

test('none where the replica has none to give', async () => {
  http.replica.backupOutcome = { type: 'notDone', reason: 'noLeader' };
  const answer = await call(http.port, 'GET', '/v1/snapshot');
  expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'no_leader']);
  const head = await call(http.port, 'HEAD', '/v1/snapshot');
  expect(head.status).toBe(405);
  const unknown = await call(http.port, 'GET', '/v1/snapshot?at=5');
  expect(unknown.status).toBe(400);
});

test('a third one at once is too many; a client that leaves makes room', async () => {
  const endless = (): Backup => {
    const backup = new Pieces();
    backup.next = (done) => setImmediate(() => done(undefined, Buffer.alloc(64 * 1024)));
    return backup;
  };
  const taken: IncomingMessage[] = [];
  for (let count = 0; count < 2; count += 1) {
    give(endless());
    taken.push(await open());
  }
  give(new Pieces(Buffer.from('all')));
  const refused = await call(http.port, 'GET', '/v1/snapshot');
  expect([refused.status, JSON.parse(refused.body).code]).toEqual([503, 'overloaded']);
  for (const response of taken) response.destroy();
  const ask = async (): Promise<number> => (await call(http.port, 'GET', '/v1/snapshot')).status;
  for (let look = 0; look < 1_000 && (await ask()) === 503; look += 1);
  give(new Pieces(Buffer.from('all')));
  expect(await ask()).toBe(200);
});
