/** What Dockerfile and docker-compose.yml promise, as far as it can be read off them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';

const dockerfile = readFileSync('Dockerfile', 'utf8').replaceAll(/\\\n\s*/g, '');
const compose = readFileSync('docker-compose.yml', 'utf8');
const REPLICAS = [1, 2, 3];

/** A block of the file with what it merges in: enough of YAML for this one file. */
function blockOf(name: string): string {
  const indent = name.startsWith('x-') ? '' : '  ';
  const block = new RegExp(String.raw`^${indent}${name}:.*\n((?:${indent} +.*\n|\n)+)`, 'm').exec(
    compose,
  );
  if (block === null) throw new Error(`no ${name} in docker-compose.yml`);
  const own = block[1] ?? '';
  const merged = [...own.matchAll(/<<: \*([\w-]+)/g)].map((found) => blockOf(`x-${found[1]}`));
  return [own, ...merged].join('');
}

function variablesOf(id: number): Record<string, string> {
  const text = blockOf(`replica-${id}`)
    .replaceAll(/>-\n\s+/g, '')
    .replaceAll(/,\n\s+/g, ',');
  const found = [...text.matchAll(/^ +(SYNOD_\w+): ['"]?(?:\$\{\w+:-)?(.*?)\}?['"]?$/gm)];
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]));
}

describe('Dockerfile', () => {
  const stages = dockerfile.split(/^FROM /m);
  const last = stages.at(-1) ?? '';
  const instruction = (name: string) =>
    new RegExp(String.raw`^${name} (.*)$`, 'm').exec(last)?.[1] ?? '';

  test('is built in stages, the last without development dependencies', () => {
    expect(stages).toHaveLength(4);
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24-slim$/m);
    expect(stages[2]).toContain('--omit=dev');
    for (const install of dockerfile.matchAll(/^RUN npm ci.*$/gm)) {
      expect(install[0]).toContain('--ignore-scripts');
    }
    expect(last).not.toMatch(/npm|apt-get|COPY src|COPY \. /);
  });

  test('runs as a user that is not root and owns the data', () => {
    expect(instruction('USER')).toBe('1000:1000');
    expect(instruction('RUN')).toBe('install -d -o 1000 -g 1000 -m 0700 /data /secret');
    expect(last.indexOf('install -d')).toBeLessThan(last.indexOf('USER'));
    expect(instruction('VOLUME')).toBe('/data');
  });

  test('ends by SIGTERM, which reaches node', () => {
    expect(instruction('STOPSIGNAL')).toBe('SIGTERM');
    const command: unknown = JSON.parse(instruction('CMD'));
    expect(command).toEqual(['node', '--disable-proto=delete', 'dist/src/main.js']);
  });

  test('its health check needs no curl', () => {
    const check = /CMD (\[.*\])$/.exec(instruction('HEALTHCHECK'))?.[1] ?? '';
    const [program, flag, code] = JSON.parse(check);
    expect([program, flag]).toEqual(['node', '-e']);
    expect(code).toContain('/readyz');
    // Nobody listens there: it says so by its status.
    const env = { ...process.env, SYNOD_LISTEN_CLIENT_PORT: '1' };
    expect(spawnSync(process.execPath, ['-e', code], { env }).status).toBe(1);
  });

  test('nothing of the data, the secrets or the history reaches the image', () => {
    const ignored = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => !/^#|^$/.test(line));
    expect(ignored[0]).toBe('*');
    for (const line of ignored.slice(1))
      expect(line).toMatch(/^!(package|tsconfig|LICENSE|src|scripts)/);
  });
});

describe('docker-compose.yml', () => {
  test.each([...REPLICAS.map((id) => `replica-${id}`), 'secret', 'links'])(
    '%s is hardened',
    (name) => {
      const block = blockOf(name);
      expect(block).toMatch(/read_only: true/);
      expect(block).toMatch(/cap_drop:\s+- ALL/);
      expect(block).toMatch(/no-new-privileges:true/);
      expect(block).toMatch(/tmpfs:\s+- \/tmp/);
      expect(block).toMatch(/init: true/);
      expect(block).toMatch(/build: \./);
      expect(block).not.toMatch(/privileged: true|network_mode: host|docker\.sock/);
    },
  );

  test.each(REPLICAS)('replica %i restarts, waits for the secret alone, keeps its data', (id) => {
    const block = blockOf(`replica-${id}`);
    expect(block).toMatch(/restart: unless-stopped/);
    expect(block).toMatch(/depends_on:\s+secret:\s+condition: service_completed_successfully\n/);
    expect(block).toContain(`- replica-${id}:/data\n`);
    expect(block).toContain('- secret:/secret:ro\n');
    expect(compose).toMatch(new RegExp(String.raw`^volumes:[^]*^  replica-${id}:$`, 'm'));
  });

  test('the client ports are published on loopback, the peer ports nowhere', () => {
    const published = REPLICAS.map((id) => /ports:\s+- (\S+)/.exec(blockOf(`replica-${id}`))?.[1]);
    expect(published).toEqual(REPLICAS.map((id) => `127.0.0.1:${7590 + 10 * id}:7600`));
    expect(compose.match(/^ +- [\d.]+:\d+:\d+$/gm)).toHaveLength(3);
  });

  test.each(REPLICAS)('replica %i accepts its configuration, once there is a secret', (id) => {
    const { SYNOD_SECRET_FILE: secretFile, ...variables } = variablesOf(id);
    expect(secretFile).toBe('/secret/secret');
    const env = { ...variables, SYNOD_DATA_DIR: '/data/replica' };
    const open = loadConfig({ argv: [], env });
    expect(open).toMatchObject({ type: 'refused', problems: [expect.stringMatching(/no secret/)] });
    const loaded = loadConfig({ argv: [], env: { ...env, SYNOD_SECRET: 'x'.repeat(64) } });
    if (loaded.type !== 'config') throw new Error(JSON.stringify(loaded));
    const { members, replicaId, listen } = loaded.config;
    expect(replicaId).toBe(id);
    expect(listen.client).toEqual({ host: '0.0.0.0', port: 7600 });
    // Variables of scripts/fault fill-disk; unless it is used they are what they are everywhere.
    expect(loaded.config.limits).toMatchObject({
      diskSoftBytes: 1_073_741_824,
      diskHardBytes: 134_217_728,
    });
    expect(members).toEqual(
      REPLICAS.map((member) => ({
        id: member,
        peerUrl: `http://replica-${member}:7601`,
        clientUrl: `http://127.0.0.1:${7590 + 10 * member}`,
      })),
    );
  });

  test('the links reach every replica, are published nowhere, and know no secret', () => {
    const block = blockOf('links');
    for (const id of REPLICAS) {
      const port = 7591 + 10 * id;
      expect(block).toContain(`- --link=${id}=${port}:replica-${id}:7601\n`);
    }
    expect(block).toMatch(/- dist\/scripts\/links.js\n\s+- --door=\/tmp\n/);
    expect(block).not.toMatch(/ports:|volumes:|secret/);
    expect(block).toMatch(/restart: unless-stopped/);
  });

  test('the secret is drawn by a service without a network, once', () => {
    const block = blockOf('secret');
    expect(block).toContain('command: [node, dist/scripts/draw-secret.js, /secret/secret]');
    expect(block).toMatch(/network_mode: none/);
    expect(block).toMatch(/restart: ['"]no['"]/);
    expect(block).toContain('- secret:/secret\n');
  });
});
