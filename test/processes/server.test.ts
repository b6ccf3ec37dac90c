/** One replica as a process: how it starts, what it refuses, how it ends, and what it never logs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../scripts/bench/wait.ts';
import { buildMutant, type PlantedBug } from '../support/mutant-build.ts';
import { freeBasePort, makeFolder, runProgram } from './launcher.ts';

const LIMIT_MS = 20_000;
const MAIN = ['--disable-proto=delete', 'dist/src/main.js'];
const CANARY = 'canary-canary-canary';

/** After so many writes of either database, the disk fails. */
const WRITES_FAIL: PlantedBug = {
  file: 'storage/level-database.js',
  find: 'batch.write({ sync: options.sync })',
  replace:
    '(globalThis.writes = (globalThis.writes ?? 0) + 1) > 40 ' +
    "? Promise.reject(new Error('IO error: planted')) : batch.write({ sync: options.sync })",
};

class Replica {
  readonly clientUrl: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';

  /** A cluster of one, from flags alone. `main` is another build, where it is given. */
  constructor(folder: string, port: number, options: { main?: string; flags?: string[] } = {}) {
    const { main = 'dist/src/main.js', flags = [] } = options;
    this.clientUrl = `http://127.0.0.1:${port}`;
    const member = { id: 1, peerUrl: `http://127.0.0.1:${port + 1}`, clientUrl: this.clientUrl };
    const args = [
      ['--replica-id', '1', '--data-dir', folder, '--members', JSON.stringify([member])],
      ['--listen-client-port', String(port), '--listen-peer-port', String(port + 1)],
    ];
    this.child = spawn(
      process.execPath,
      ['--disable-proto=delete', main, ...args.flat(), ...flags],
      {
        env: { ...process.env, SYNOD_SECRET: CANARY },
      },
    );
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }

  async ready(): Promise<this> {
    const ask = async () => ((await fetch(`${this.clientUrl}/readyz`)).ok ? true : undefined);
    await waitFor(ask, { what: 'ready replica', limitMs: LIMIT_MS });
    return this;
  }

  async says(text: string): Promise<void> {
    const found = () => this.output.includes(text) || undefined;
    await waitFor(found, { what: `line with "${text}"`, limitMs: LIMIT_MS });
  }

  get lines(): readonly Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }
}

async function startReplica(...flags: string[]): Promise<Replica> {
  return new Replica(makeFolder(), await freeBasePort(), { flags });
}

test('a replica of one serves, logs roles in words, and ends with status 0', async () => {
  const replica = await (await startReplica()).ready();
  const put = await fetch(`${replica.clientUrl}/v1/kv/a`, { method: 'PUT', body: 'b' });
  expect(put.status).toBe(201);
  replica.child.kill('SIGTERM');
  expect(await replica.ended).toBe(0);
  const texts = replica.lines.map(({ msg }) => msg);
  expect(texts).toContainEqual(expect.stringMatching(/^genesis: /));
  expect(texts).toContainEqual(expect.stringMatching(/^leads in ballot \d+\.1$/));
  expect(texts.at(-1)).toBe('closed');
  for (const line of replica.lines) expect(line).toMatchObject({ replica: 1, level: 30 });
});

test('comes back with its data', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const first = await new Replica(folder, port).ready();
  await fetch(`${first.clientUrl}/v1/kv/a`, { method: 'PUT', body: 'b' });
  first.child.kill('SIGKILL');
  await first.ended;
  const second = await new Replica(folder, port).ready();
  expect(await (await fetch(`${second.clientUrl}/v1/kv/a`)).text()).toBe('b');
});

test('neither values nor the secret get into the log or the environment', async () => {
  const replica = await (await startReplica('--log-level', 'trace')).ready();
  const key = `${replica.clientUrl}/v1/kv/key`;
  const value = 'value-canary';
  const headers = { authorization: `Bearer ${value}`, cookie: value };
  await fetch(key, { method: 'PUT', body: value, headers });
  await fetch(key, { method: 'PUT', body: value, headers: { 'if-match': '"9"' } });
  await fetch(`${key}?meta`);
  await fetch(`${key}?${value}=1`);
  const raw = net.connect(Number(new URL(key).port), '127.0.0.1');
  raw.end(`PUT /v1/kv/${value} HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n${value}`);
  await new Promise((resolve) => raw.resume().once('close', resolve));
  replica.child.kill('SIGTERM');
  expect(await replica.ended).toBe(0);
  expect(replica.output).toContain('leads in ballot');
  expect(replica.output).not.toContain(value);
  expect(replica.output).not.toContain(CANARY);
  expect(replica.child.spawnargs.join(' ')).not.toContain(CANARY);
});

test('a wrong configuration is refused by the name of the field, with status 2', async () => {
  const file = path.join(makeFolder(), '..', 'config.json');
  writeFileSync(file, JSON.stringify({ replicaId: 1, tickMs: 5 }));
  const env = { ...process.env, SYNOD_SECRET: CANARY, SYNOD_TIMEOUT: '1' };
  const refused = await runProgram(process.execPath, [...MAIN, '--config', file, '--port=1'], env);
  expect(refused.status).toBe(2);
  expect(refused.output).toBe(
    'configuration: --port: there is no such flag (--help lists them)\n' +
      'configuration: SYNOD_TIMEOUT: there is no such setting\n',
  );
  const second = await runProgram(process.execPath, [...MAIN, '--config', file]);
  expect(second.status).toBe(2);
  expect(second.output).toContain('dataDir');
  expect(second.output).toContain('tickMs');
  expect(second.output).not.toContain('    at ');
});

test('a port that is taken, or a directory that is not its own, is one clear line', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const first = await new Replica(folder, port).ready();
  const samePort = new Replica(makeFolder(), port);
  expect(await samePort.ended).toBe(1);
  expect(samePort.lines.at(-1)).toMatchObject({
    level: 60,
    msg: expect.stringMatching(/^cannot start: .*EADDRINUSE/),
  });
  const sameFolder = new Replica(folder, await freeBasePort());
  expect(await sameFolder.ended).toBe(1);
  expect(sameFolder.lines.at(-1)).toMatchObject({
    level: 60,
    msg: expect.stringMatching(/^cannot start: .*in use by another process/),
  });
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const members = [1, 2].map((id) => ({
    id,
    peerUrl: `http://127.0.0.1:${port + id}`,
    clientUrl: `http://127.0.0.1:${port + 10 + id}`,
  }));
  const flags = ['--replica-id', '2', '--data-dir', folder, '--members', JSON.stringify(members)];
  const stranger = await runProgram(process.execPath, [...MAIN, ...flags]);
  expect(stranger.status).toBe(1);
  expect(stranger.output).toContain('belongs to replica 1, and this is replica 2');
});

test('a request in flight is answered before the end', async () => {
  const replica = await (await startReplica()).ready();
  const late = await sendHalf(replica, '/v1/kv/late');
  replica.child.kill('SIGTERM');
  await replica.says('hands over');
  late.socket.write('te');
  await waitFor(() => late.answer.includes('HTTP/1.1 201') || undefined, {
    what: 'answer to the request in flight',
    limitMs: LIMIT_MS,
  });
  expect(await replica.ended).toBe(0);
});

test('a second signal ends it at once', async () => {
  const replica = await (await startReplica()).ready();
  await sendHalf(replica, '/v1/kv/never');
  replica.child.kill('SIGTERM');
  await replica.says('hands over');
  replica.child.kill('SIGINT');
  expect(await replica.ended).toBe(1);
  expect(replica.lines.at(-1)).toMatchObject({ level: 60, msg: expect.stringContaining('again') });
});

test('a client that never ends its request does not hold up the end', async () => {
  const replica = await (await startReplica('--timing-close-ms', '2000')).ready();
  await sendHalf(replica, '/v1/kv/never');
  replica.child.kill('SIGTERM');
  expect(await replica.ended).toBe(0);
});

test('a failed write ends the process with a clear line and a status that is not 0', async () => {
  const main = buildMutant(WRITES_FAIL);
  const replica = await new Replica(makeFolder(), await freeBasePort(), { main }).ready();
  let acknowledged = 0;
  const write = async () => {
    const put = await fetch(`${replica.clientUrl}/v1/kv/a`, { method: 'PUT', body: 'b' });
    if (put.ok) acknowledged += 1;
  };
  for (let left = 200; left > 0; left -= 1) await write().catch(() => undefined);
  expect(await replica.ended).toBe(1);
  expect(acknowledged).toBeGreaterThan(0);
  expect(acknowledged).toBeLessThan(200);
  expect(replica.lines.at(-1)).toMatchObject({
    level: 60,
    msg: 'fatal: the replica ends: IO error: planted',
  });
});

/** A request whose body is half there; it has reached its route when this resolves. */
async function sendHalf(replica: Replica, target: string) {
  const socket = net.connect(Number(new URL(replica.clientUrl).port), '127.0.0.1');
  const late = { socket, answer: '' };
  socket.setEncoding('utf8').on('data', (text: string) => {
    late.answer += text;
  });
  socket.on('error', () => socket.destroy());
  socket.write(
    `PUT ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`,
  );
  const isInvited = () => late.answer.includes('100 Continue') || undefined;
  await waitFor(isInvited, { what: '100 Continue', limitMs: LIMIT_MS });
  socket.write('la');
  return late;
}
