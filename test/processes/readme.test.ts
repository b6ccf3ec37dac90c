/**
 * Every command of the README, taken from it and run, with this test's ports and folder in place of
 * the README's. Blocks of `sh` alone run as they stand; what follows `sh` says what a block needs.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../scripts/bench/wait.ts';
import { isReady } from '../../scripts/local-cluster/probe.ts';
import { freeBasePort, makeFolder, runProgram, sharedLauncher, type Ended } from './launcher.ts';

const LIMIT_MS = 60_000;
const IDS = [1, 2, 3];
const readme = readFileSync('README.md', 'utf8');

const blocks = [...readme.matchAll(/^```sh ?(.*)\n([^]*?)^```$/gm)].map(
  ([, needs = '', text = '']) => ({ needs, text }),
);
const blocksOf = (needs: string) => blocks.filter((block) => block.needs === needs);
const linesOf = (text: string) => text.split('\n').filter((line) => !/^(#.*|)$/.test(line));
const blockWith = (text: string) => {
  const found = blocks.filter((block) => block.text.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} blocks of the README have ${text}`);
  return found[0]?.text ?? '';
};

let hasCurl = true;
beforeAll(async () => {
  hasCurl = (await sh('curl --version')).status === 0;
  if (!hasCurl) console.error('SKIPPED: curl is missing, so no curl line was run');
});

function sh(script: string, env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return runProgram('sh', ['-euc', script], env);
}

/** The README's replicas become this test's. */
function onPorts(text: string, port: number): string {
  return text.replaceAll(
    /127\.0\.0\.1:76([012])0/g,
    (_, id) => `127.0.0.1:${port + 10 * Number(id)}`,
  );
}

function onReplica(text: string, url: string): string {
  return text.replaceAll(/http:\/\/127\.0\.0\.1:76[012]0/g, url);
}

describe('the README', () => {
  const runningCluster = sharedLauncher();
  const clusterOf = () => {
    const { folder, port } = runningCluster();
    const urlOf = (id: number) => `http://127.0.0.1:${port + 10 * (id - 1)}`;
    return { folder, port, urlOf };
  };

  test('has the blocks that are run here, and no others', () => {
    const needs = blocks.map((block) => block.needs).toSorted();
    expect(needs).toEqual(['', '', '', '', '', '', 'checks', 'docker', 'replicas']);
    expect([...readme.matchAll(/^```/gm)]).toHaveLength(2 * blocks.length);
  });

  test('its links lead to files', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((found) => found[1] ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });

  test('the two commands start a cluster, and the curl lines work against every replica', async ({
    skip,
  }) => {
    skip(!hasCurl, 'curl is missing');
    const [install, start, ...more] = linesOf(blockWith('npm ci'));
    // The first is what made this test run; the second is run with a folder and ports of its own.
    expect([install, start, more]).toEqual(['npm ci', 'npm run cluster', []]);
    const folder = makeFolder();
    const port = await freeBasePort();
    const env = { ...process.env, NO_COLOR: '1' };
    const cluster = spawn('sh', ['-c', `${start} -- --data ${folder} --port ${port}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      env,
    });
    let output = '';
    cluster.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const ended = new Promise((resolve) => cluster.once('close', resolve));
    onTestFinished(async () => {
      // As Ctrl-C does: to npm, its shell and the launcher at once.
      if (cluster.pid !== undefined && cluster.exitCode === null)
        process.kill(-cluster.pid, 'SIGINT');
      await ended;
    });
    await waitFor(() => /^ *Ready\./m.test(output) || undefined, {
      what: 'cluster',
      limitMs: LIMIT_MS,
    });

    const lines = linesOf(blockWith('kv/greeting\ncurl --fail http://127.0.0.1:7620/v1/cluster'));
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      // The launcher prints the same lines, and they work as printed.
      expect(output).toContain(onPorts(line, port));
      expect(await sh(onPorts(line, port))).toMatchObject({ status: 0 });
      for (const id of IDS) {
        const ran = await sh(onReplica(line, `http://127.0.0.1:${port + 10 * (id - 1)}`));
        expect(ran).toMatchObject({ status: 0 });
      }
    }
    expect((await sh(onPorts(lines[1] ?? '', port))).output).toMatch(/^hello/);
  });

  test('the tour works against every replica', async ({ skip }) => {
    skip(!hasCurl, 'curl is missing');
    const { urlOf } = clusterOf();
    const tour = blockWith('A read of this replica alone');
    for (const id of IDS) {
      const ran = await sh(`set -x\n${onReplica(tour, urlOf(id))}`);
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.output).toContain('"value":"one"');
      expect(ran.output).toMatch(/Synod-Staleness: /i);
    }
    const care = blockWith('/v1/snapshot');
    for (const id of IDS) {
      const folder = makeFolder();
      mkdirSync(folder, { recursive: true });
      const ran = await sh(onReplica(care, urlOf(id)), { ...process.env, TMPDIR: folder });
      expect(existsSync(path.join(folder, 'today.backup'))).toBe(true);
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.output).toContain('"dryRun":true');
    }
  });

  test('the faults and the demo do what they say', async ({ skip }) => {
    skip(!hasCurl, 'curl is missing');
    const { folder, port, urlOf } = clusterOf();
    await fetch(`${urlOf(1)}/v1/kv/greeting`, { method: 'PUT', body: 'hello' });
    const three = linesOf(blockWith('scripts/fault partition'));
    expect(three).toHaveLength(3);
    const told: string[] = [];
    for (const line of three) {
      const { output, status } = await sh(`${line} --data ${folder}`);
      expect({ line, output, status }).toMatchObject({ status: 0 });
      told.push(output);
    }
    expect(told[0]).toMatch(/it holds: replica \d leads/);
    expect(told[1]).toMatch(/not ready .*hears nobody/);
    expect(told[2]).toContain('reach each other directly again');
    for (const line of linesOf(blockWith('scripts/fault kill 1'))) {
      const isScript = line.startsWith('scripts/');
      const ran = await sh(isScript ? `${line} --data ${folder}` : onPorts(line, port));
      expect({ line, ...ran }).toMatchObject({ status: 0 });
    }
  });

  test('each replica starts from its file in config/', async () => {
    const port = await freeBasePort();
    const folder = makeFolder();
    const members = IDS.map((id) => ({
      id,
      peerUrl: `http://127.0.0.1:${port + 10 * id + 1}`,
      clientUrl: `http://127.0.0.1:${port + 10 * id}`,
    }));
    const lines = linesOf(blocksOf('replicas')[0]?.text ?? '');
    expect(lines).toHaveLength(3);
    for (const [index, line] of lines.entries()) {
      const id = index + 1;
      await startReplica(line, {
        SYNOD_DATA_DIR: path.join(folder, String(id)),
        SYNOD_LISTEN_CLIENT_PORT: String(port + 10 * id),
        SYNOD_LISTEN_PEER_PORT: String(port + 10 * id + 1),
        SYNOD_MEMBERS: JSON.stringify(members),
      });
    }
    await waitFor(async () => (await isReady(members[2]?.clientUrl ?? '')) || undefined, {
      what: 'ready cluster',
      limitMs: LIMIT_MS,
    });
  });

  test('the commands for Docker, with a docker that stands for it', async () => {
    const { folder, port, urlOf } = clusterOf();
    const { env, calls } = fakeDocker(folder, port);
    await fetch(`${urlOf(1)}/v1/kv/greeting`, { method: 'PUT', body: 'hello' });
    for (const line of linesOf(blocksOf('docker')[0]?.text ?? '')) {
      if (line.startsWith('scripts/demo')) {
        // What the line before it killed is started first.
        for (const id of IDS) await sh(`scripts/fault restart ${id} --compose`, env);
      }
      expect({ line, ...(await sh(line, env)) }).toMatchObject({ status: 0 });
    }
    expect(calls()[0]).toBe('compose up --wait');
    expect(calls()).toContainEqual(expect.stringMatching(/^compose kill replica-[123]$/));
    expect(calls().at(-1)).toBe('compose down');
  });

  test('the checks are there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const line of linesOf(blocksOf('checks')[0]?.text ?? '')) {
      expect(Object.keys(scripts)).toContain(line.replace(/^npm (run )?/, ''));
    }
  });
});

/** Runs the line in a process group of its own, which is ended with the test. */
async function startReplica(line: string, settings: Record<string, string>): Promise<void> {
  const child = spawn('sh', ['-c', line], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...settings },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  });
  await waitFor(() => /serves clients on/.test(output) || undefined, {
    what: `replica by ${line}`,
    limitMs: LIMIT_MS,
  });
}

/** Stands for docker: it lists the replicas of the local cluster, and does to them what compose would. */
function fakeDocker(folder: string, port: number) {
  const bin = path.join(folder, '..', 'bin');
  const log = path.join(bin, 'calls');
  mkdirSync(bin);
  const containers = IDS.map((id) =>
    JSON.stringify({
      Service: `replica-${id}`,
      State: 'running',
      Publishers: [{ TargetPort: 7600, PublishedPort: port + 10 * (id - 1) }],
    }),
  );
  writeFileSync(
    path.join(bin, 'docker'),
    `#!/bin/sh
echo "$*" >> '${log}'
case "$2" in
  ps) cat <<'END'
{"Service":"secret","State":"exited","Publishers":null}
${containers.join('\n')}
END
  ;;
  kill|pause) '${process.execPath}' dist/scripts/fault.js "$2" "\${3#replica-}" --data '${folder}' ;;
  restart) '${process.execPath}' dist/scripts/fault.js restart "\${3#replica-}" --data '${folder}' ;;
  unpause) '${process.execPath}' dist/scripts/fault.js resume "\${3#replica-}" --data '${folder}' ;;
esac
`,
  );
  chmodSync(path.join(bin, 'docker'), 0o755);
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` };
  return { env, calls: () => readFileSync(log, 'utf8').trim().split('\n') };
}
