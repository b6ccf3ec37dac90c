/**
 * Faults on containers, with a `docker` that stands for docker, and replicas that only answer what a
 * move of members asks. What the links do is tested elsewhere.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { freePorts } from '../../../scripts/bench/ports.ts';
import { heal } from '../../../scripts/faults/heal.ts';
import { faultLinks } from '../../../scripts/faults/link-fault.ts';
import { statusLines } from '../../../scripts/faults/status.ts';
import { composeFaults } from '../../../scripts/local-cluster/compose-faults.ts';

const IDS = [1, 2, 3];
const direct = (id: number) => `http://replica-${id}:7601`;
const linked = (id: number) => `http://links:${7591 + 10 * id}`;

let peerUrls: Map<number, string>;
let orders: string[];
let calls: () => readonly string[];

/** As every replica would: who leads, and where the members are; and it carries out moves. */
function answer(id: number, ports: readonly number[]) {
  const members = () =>
    IDS.map((member) => ({
      id: member,
      role: 'voter',
      peerUrl: peerUrls.get(member),
      clientUrl: `http://127.0.0.1:${ports[member - 1]}`,
      appliedUpTo: 1,
      chosenUpTo: 1,
      reachable: true,
    }));
  return (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      if (request.method === 'PUT') {
        const moved = Number(request.url?.split('/').at(-1));
        peerUrls.set(moved, JSON.parse(text).peerUrl);
        orders.push(`${moved} to ${peerUrls.get(moved)}`);
      }
      const role = id === 1 ? 'leader' : 'follower';
      const body = { leader: 1, role, ready: true, reasons: [], members: members() };
      response.end(JSON.stringify(body));
    });
  };
}

beforeEach(async () => {
  const ports = await freePorts(IDS.length);
  peerUrls = new Map(IDS.map((id) => [id, direct(id)]));
  orders = [];
  for (const id of IDS) {
    const server = createServer(answer(id, ports)).listen(ports[id - 1], '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  calls = standForDocker(ports);
});

/** It keeps what the links were set to. */
function standForDocker(ports: readonly number[]): () => readonly string[] {
  const bin = mkdtempSync(path.join(tmpdir(), 'synod-docker-'));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  const containers = IDS.map((id) =>
    JSON.stringify({
      Service: `replica-${id}`,
      State: 'running',
      Publishers: [{ TargetPort: 7600, PublishedPort: ports[id - 1] }],
    }),
  );
  writeFileSync(
    path.join(bin, 'docker'),
    `#!/bin/sh
echo "$*\${REPLICA_2_DISK_HARD_BYTES:+ with $REPLICA_2_DISK_HARD_BYTES}" >> '${bin}/calls'
case "$*" in
  *" ps --all --quiet "*) echo a1b2 ;;
  *inspect*a1b2) echo '["SYNOD_LIMITS_DISK_HARD_BYTES=4503599627370496"]' ;;
  *" run "*) echo '1 bits flipped of log/000005.log (9 bytes)' ;;
  *" ps "*) cat <<'END'
${containers.join('\n')}
END
  ;;
  *'{"do":"show"}'*)
    test -f '${bin}/up' || exit 1
    links=$(cat '${bin}/up')
    echo "{\\"ok\\":true,\\"message\\":\\"\\",\\"links\\":$links}" ;;
  *'"do":"set"'*)
    echo "$*" | sed 's/.*"links"://; s/}$//' > '${bin}/up'
    echo '{"ok":true,"message":""}' ;;
  *" up "*) echo '[]' > '${bin}/up' ;;
esac
`,
  );
  chmodSync(path.join(bin, 'docker'), 0o755);
  vi.stubEnv('PATH', `${bin}${path.delimiter}${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => readFileSync(path.join(bin, 'calls'), 'utf8').trim().split('\n');
}

test('the first fault of a link starts the links and moves the members there; heal moves them back', async () => {
  const faults = composeFaults();
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  await faultLinks(faults, { type: 'cut', from: 2, to: 'leader' }, tell);
  expect(orders).toEqual(IDS.map((id) => `${id} to ${linked(id)}`));
  expect(lines.at(-1)).toMatch(/^what replica 2 says to 1 is lost/);
  expect(calls()).toContain('compose up --detach --no-deps --no-recreate --wait links');
  expect(calls().at(-1)).toBe(
    'compose exec -T links node dist/scripts/links.js --door /tmp ask ' +
      '{"do":"set","links":[{"from":2,"to":1,"rules":{"cut":true}}]}',
  );
  expect(await statusLines(faults)).toContain('link 2 -> 1  cut');

  // They are in: nobody is moved again.
  await faultLinks(faults, { type: 'cut', from: 3, to: 1 }, tell);
  expect(orders).toHaveLength(3);

  await heal(faults, tell);
  expect(orders.slice(3)).toEqual(IDS.map((id) => `${id} to ${direct(id)}`));
  expect(lines.at(-1)).toBe('the replicas reach each other directly again');
  expect(await statusLines(faults)).not.toContain('link 2 -> 1  cut');
});

test('a disk counts as full, by a container that is made anew, until that is undone', async () => {
  const faults = composeFaults();
  expect(await faults.harm(2, { type: 'fullDisk' })).toMatch(/replica 2 .* counts as full/);
  expect(await faults.undoHarm(2)).toMatch(/replica 2 was started anew/);
  const up = 'compose up --detach --no-deps --no-build replica-2';
  expect(calls().filter((call) => call.includes(' up '))).toEqual([`${up} with ${2 ** 52}`, up]);
});

test('files are damaged in a container of their own, while the replica is stopped', async () => {
  const done = await composeFaults().harm(2, { type: 'corrupt' });
  expect(done).toBe(
    'replica 2 was stopped, damaged, and started: 1 bits flipped of log/000005.log (9 bytes)',
  );
  expect(calls()).toEqual([
    'compose stop replica-2',
    'compose run --rm --no-deps -T replica-2 node dist/scripts/damage-data.js /data/replica',
    'compose start replica-2',
  ]);
});

test('a clock is refused, with the reason', async () => {
  await expect(composeFaults().harm(1, { type: 'offset', ms: 5 })).rejects.toThrow(
    /clock is that of its machine/,
  );
});
