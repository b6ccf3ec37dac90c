import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeConfig, loadConfig, type LoadedConfig } from '../../src/config.ts';
import { configSchema } from '../../src/config-schema.ts';
import { settingsOf } from '../../src/config-sources.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'synod-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MEMBERS = [1, 2, 3].map((id) => ({
  id,
  peerUrl: `http://127.0.0.1:76${id}1`,
  clientUrl: `http://127.0.0.1:76${id}0`,
}));
const GOOD = { replicaId: 1, dataDir: 'data/replica-1', members: MEMBERS };
const CANARY = 'canary-canary-canary';

function write(name: string, content: string, mode = 0o600): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

function loadFile(file: string): LoadedConfig {
  return loadConfig({ argv: ['--config', file], env: {} });
}

interface Given {
  readonly file?: unknown;
  readonly env?: Record<string, string>;
  readonly argv?: readonly string[];
}

function load({ file = GOOD, env = {}, argv = [] }: Given): LoadedConfig {
  const config = write('config.json', JSON.stringify(file));
  return loadConfig({ argv: ['--config', config, ...argv], env });
}

function accepted(given: Given) {
  const loaded = load(given);
  if (loaded.type !== 'config') throw new Error(JSON.stringify(loaded));
  return loaded;
}

function refused(given: Given): string {
  const loaded = load(given);
  if (loaded.type !== 'refused') throw new Error(`not refused: ${JSON.stringify(loaded)}`);
  return loaded.problems.join('\n');
}

describe('sources', () => {
  test('flags win over variables, variables over the file, the file over the defaults', () => {
    const { config } = accepted({
      file: { ...GOOD, timing: { tickMs: 11, heartbeatMs: 61 }, log: { level: 'warn' } },
      env: { SYNOD_TIMING_HEARTBEAT_MS: '62', SYNOD_TIMING_TICK_MS: '12', OTHER: 'x' },
      argv: ['--timing-tick-ms', '13', '--listen-client-port=7700'],
    });
    expect(config.timing).toMatchObject({ tickMs: 13, heartbeatMs: 62, requestMs: 5000 });
    expect(config.log).toEqual({ level: 'warn', format: 'auto' });
    expect(config.listen.client).toEqual({ host: '127.0.0.1', port: 7700 });
  });

  test('everything can come from variables alone, members as JSON', () => {
    const loaded = loadConfig({
      argv: [],
      env: {
        SYNOD_REPLICA_ID: '2',
        SYNOD_DATA_DIR: '/data',
        SYNOD_MEMBERS: JSON.stringify(MEMBERS),
      },
    });
    expect(loaded).toMatchObject({ type: 'config', config: { replicaId: 2, dataDir: '/data' } });
  });

  test('SYNOD_CONFIG names the file, --config wins over it', () => {
    const file = write('other.json', JSON.stringify({ ...GOOD, replicaId: 3 }));
    expect(loadConfig({ argv: [], env: { SYNOD_CONFIG: file } })).toMatchObject({
      config: { replicaId: 3 },
    });
    expect(accepted({ env: { SYNOD_CONFIG: file } }).config.replicaId).toBe(1);
  });

  test('the files in config/ are three replicas of one cluster', () => {
    const loaded = [1, 2, 3].map((id) =>
      loadConfig({ argv: ['--config', `config/replica-${id}.json`], env: {} }),
    );
    const configs = loaded.map((one) => {
      if (one.type !== 'config') throw new Error(JSON.stringify(one));
      return one.config;
    });
    expect(configs.map((config) => config.replicaId)).toEqual([1, 2, 3]);
    expect(new Set(configs.map((config) => JSON.stringify(config.members))).size).toBe(1);
    for (const { replicaId, listen, members } of configs) {
      const self = members.find((member) => member.id === replicaId);
      expect(self?.clientUrl).toBe(`http://127.0.0.1:${listen.client.port}`);
      expect(self?.peerUrl).toBe(`http://127.0.0.1:${listen.peer.port}`);
    }
    expect(new Set(configs.map((config) => config.dataDir)).size).toBe(3);
  });

  test('help names every setting, and no setting shares a name', () => {
    const settings = settingsOf(configSchema);
    const help = describeConfig();
    for (const { flag, variable } of settings) {
      expect(help).toContain(`  ${flag} (${variable})\n`);
    }
    expect(settings.filter(({ description }) => description === '')).toEqual([]);
    expect(new Set(settings.map(({ flag }) => flag)).size).toBe(settings.length);
    expect(loadConfig({ argv: ['--help'], env: {} })).toEqual({ type: 'help' });
    expect(loadConfig({ argv: ['--version'], env: {} })).toEqual({ type: 'version' });
  });

  // After a change of the schema: npx vitest run test/config -u
  test('docs/configuration.md lists every setting with its default', async () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    const intro = page.slice(0, page.indexOf('\n- '));
    const settings = settingsOf(configSchema).map(
      ({ path: names, variable, flag, description, defaultsTo }) =>
        `- \`${names.join('.')}\` (\`${flag}\`, \`${variable}\`): ${description}` +
        (defaultsTo === undefined ? '.' : `. Default: \`${defaultsTo}\`.`),
    );
    const expected = [intro, ...settings, ''].join('\n');
    await expect(expected).toMatchFileSnapshot('../../docs/configuration.md');
  });
});

describe('what is wrong is refused by name', () => {
  const member = (change: object) => [{ ...MEMBERS[0], ...change }, ...MEMBERS.slice(1)];
  const withMembers = (members: unknown) => ({ file: { ...GOOD, members } });

  test.each<[string, Given, RegExp]>([
    ['unknown key', { file: { ...GOOD, dataDirr: 'x' } }, /^dataDirr .*no such setting/],
    ['unknown nested key', { file: { ...GOOD, timing: { tick: 1 } } }, /^timing\.tick .*no such/],
    [
      '__proto__',
      { file: JSON.parse('{"__proto__":{"a":1}}') },
      /^replicaId[^]*__proto__ .*no such/,
    ],
    ['secret in the file', { file: { ...GOOD, secret: CANARY } }, /^secret .*no such setting/],
    ['unknown variable', { env: { SYNOD_PORT: '1' } }, /^SYNOD_PORT: there is no such/],
    ['unknown flag', { argv: ['--port', '1'] }, /^--port: there is no such flag/],
    ['secret as a flag', { argv: ['--secret', CANARY] }, /^--secret: arguments can be read/],
    ['secret as a flag, with =', { argv: [`--secret=${CANARY}`] }, /^--secret: arguments can be/],
    ['a bare argument', { argv: [CANARY] }, /^arguments: only flags/],
    ['flag without value', { argv: ['--data-dir'] }, /^--data-dir: needs a value/],
    ['flag twice', { argv: ['--data-dir=a', '--data-dir=b'] }, /^--data-dir: is given twice/],
    ['missing', { file: { replicaId: 1 } }, /^dataDir .*is required\nmembers .*is required/],
    ['wrong type', { file: { ...GOOD, replicaId: '1' } }, /^replicaId .*expected number/],
    ['no number', { argv: ['--replica-id', 'one'] }, /^replicaId \(from --replica-id\): .*number/],
    ['negative', { argv: ['--replica-id=-1'] }, /^replicaId \(from --replica-id\)/],
    ['zero', { env: { SYNOD_REPLICA_ID: '0' } }, /^replicaId \(from SYNOD_REPLICA_ID\): Too small/],
    ['hexadecimal', { env: { SYNOD_REPLICA_ID: '0x1' } }, /^replicaId \(from SYNOD_REPLICA_ID\)/],
    ['empty', { env: { SYNOD_DATA_DIR: '' } }, /^dataDir \(from SYNOD_DATA_DIR\): Too small/],
    ['port 0', { argv: ['--listen-client-port=0'] }, /^listen\.client\.port .*Too small/],
    ['port 70000', { argv: ['--listen-peer-port=70000'] }, /^listen\.peer\.port .*Too big/],
    ['one port twice', { argv: ['--listen-peer-port=7600'] }, /^listen\.peer\.port.*client port/],
    ['1e999', { file: JSON.parse('{"replicaId":1e999}') }, /^replicaId /],
    ['float', { file: { ...GOOD, replicaId: 1.5 } }, /^replicaId .*int/],
    ['members not JSON', { env: { SYNOD_MEMBERS: '1=a' } }, /^members \(from SYNOD_MEMBERS\)/],
    ['no members', withMembers([]), /^members .*Too small/],
    [
      'ten members',
      withMembers(Array.from({ length: 10 }, () => MEMBERS[0])),
      /^members .*Too big/,
    ],
    ['self missing', { argv: ['--replica-id=4'] }, /^members .*must contain replica 4/],
    ['id twice', withMembers(member({ id: 2 })), /^members\.1\.id .*id 2 is given twice/],
    [
      'URL twice',
      withMembers(member({ peerUrl: MEMBERS[1]?.peerUrl })),
      /members\.1\.peerUrl.*twice/,
    ],
    ['URLs the same', withMembers(member({ peerUrl: MEMBERS[0]?.clientUrl })), /twice/],
    ['https', withMembers(member({ peerUrl: 'https://a:1' })), /^members\.0\.peerUrl .*http:/],
    ['file:', withMembers(member({ peerUrl: 'file:///etc' })), /^members\.0\.peerUrl .*http:/],
    ['no URL', withMembers(member({ clientUrl: 'a b' })), /^members\.0\.clientUrl .*not a URL/],
    ['a path', withMembers(member({ clientUrl: 'http://a:1/b' })), /such as http:\/\/a:1/],
    ['credentials', withMembers(member({ clientUrl: 'http://u:p@a:1' })), /credentials/],
    ['unspecified', withMembers(member({ clientUrl: 'http://0.0.0.0:1' })), /unspecified/],
    ['metadata', withMembers(member({ peerUrl: 'http://169.254.169.254' })), /link-local/],
    ['unknown in member', withMembers(member({ port: 1 })), /^members\.0\.port .*no such/],
    ['quorums apart', { file: { ...GOOD, quorums: { phase1: 1, phase2: 2 } } }, /^quorums.*meet/],
    ['quorum too large', { file: { ...GOOD, quorums: { phase1: 1, phase2: 4 } } }, /^quorums/],
    ['half a quorum', { argv: ['--quorums-phase1=2'] }, /^quorums.*go together/],
    ['late heartbeat', { argv: ['--timing-heartbeat-ms=150'] }, /^timing\.leaderTimeoutMs/],
    [
      'snapshots too slow',
      { argv: ['--limits-snapshot-bytes-per-second=1000'] },
      /^limits\.snapshotBytesPerSecond/,
    ],
    ['tick too long', { argv: ['--timing-tick-ms=100'] }, /^timing\.heartbeatMs/],
    ['value too large', { argv: ['--limits-value-bytes=9000000'] }, /^limits\.valueBytes/],
    ['lease, not a flag', { argv: ['--lease-reads=yes'] }, /^leaseReads \(from --lease-reads\): /],
    [
      'a drift that is too small to be seen',
      { argv: ['--lease-reads=true', '--timing-lease-drift-per-mille=5'] },
      /^timing\.leaseDriftPerMille .*1\.5 ms of leaderTimeoutMs/,
    ],
    ['no drift', { argv: ['--timing-lease-drift-per-mille=0'] }, /^timing\.leaseDriftPerMille/],
    [
      'no lease left',
      {
        argv: [
          '--lease-reads=true',
          '--timing-lease-drift-per-mille=200',
          '--timing-leader-timeout-ms=200',
        ],
      },
      /^timing\.leaseDriftPerMille .*80 ms, which is less than two heartbeats/,
    ],
    ['level', { argv: ['--log-level=loud'] }, /^log\.level \(from --log-level\): Invalid option/],
    ['object expected', { file: { ...GOOD, timing: 3 }, argv: ['--timing-tick-ms=1'] }, /^timing/],
    ['a list', { file: [] }, /must hold one JSON object/],
    ['scalar', { file: 3 }, /must hold one JSON object/],
  ])('%s', (_name, given, problem) => {
    const problems = refused(given);
    expect(problems).toMatch(problem);
    expect(problems).not.toContain(CANARY);
  });

  test('a file that is not there, and one that is not JSON', () => {
    expect(loadFile(path.join(folder, 'none.json'))).toMatchObject({
      problems: [expect.stringContaining('ENOENT')],
    });
    expect(loadFile(write('text.json', 'replicaId: 1'))).toMatchObject({
      problems: [expect.stringContaining('is not JSON')],
    });
  });

  test('leases of reads are off, unless somebody turns them on', () => {
    expect(accepted({}).config.leaseReads).toBe(false);
    expect(accepted({ env: { SYNOD_LEASE_READS: 'true' } }).config.leaseReads).toBe(true);
    expect(accepted({ file: { ...GOOD, leaseReads: true } }).config.leaseReads).toBe(true);
  });

  test('quorums that meet are taken', () => {
    const { config } = accepted({ file: { ...GOOD, quorums: { phase1: 3, phase2: 1 } } });
    expect(config.quorums).toEqual({ phase1: 3, phase2: 1 });
    expect(accepted({}).config.quorums).toEqual({});
  });
});

describe('the secret', () => {
  test('comes from a file that only its owner reads, without the line end', () => {
    const secretFile = write('secret', `${CANARY}\n`);
    expect(accepted({ argv: ['--secret-file', secretFile] }).secret).toEqual(
      Uint8Array.from(Buffer.from(CANARY)),
    );
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      chmodSync(secretFile, mode);
      expect(refused({ argv: ['--secret-file', secretFile] })).toMatch(/secretFile.*chmod 600/);
    }
  });

  test('comes from SYNOD_SECRET, which wins over the file of the configuration', () => {
    const secretFile = write('secret', 'another-another-another');
    const env = { SYNOD_SECRET: CANARY };
    const loaded = accepted({ file: { ...GOOD, secretFile }, env });
    expect(loaded.secret).toEqual(Uint8Array.from(Buffer.from(CANARY)));
    expect(JSON.stringify(loaded.config)).not.toContain(CANARY);
    expect(refused({ argv: ['--secret-file', secretFile], env })).toMatch(/SYNOD_SECRET is given/);
  });

  test('is refused when short, absent or no file, without being repeated', () => {
    const short = 'fifteen-bytes-x';
    expect(refused({ env: { SYNOD_SECRET: short } })).toMatch(/^SYNOD_SECRET: .*16 .*not 15$/);
    expect(refused({ env: { SYNOD_SECRET: '' } })).toMatch(/^SYNOD_SECRET: /);
    const file = write('short', short);
    expect(refused({ argv: ['--secret-file', file] })).toMatch(/^secretFile: .*not 15$/);
    expect(refused({ argv: ['--secret-file', file] })).not.toContain(short);
    expect(refused({ argv: ['--secret-file', path.join(folder, 'no')] })).toMatch(/ENOENT/);
    expect(refused({ argv: ['--secret-file', folder] })).toMatch(/^secretFile: /);
  });

  test('without one, the peer port binds loopback only', () => {
    const env = { SYNOD_SECRET: CANARY };
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'replica-1', '127.0.0.1.example.com']) {
      const argv = ['--listen-peer-host', host];
      expect(refused({ argv })).toMatch(/^listen\.peer\.host: .*no secret/);
      expect(accepted({ argv, env }).config.listen.peer.host).toBe(host);
    }
    for (const host of ['127.0.0.1', '::1', 'localhost', '127.1.2.3']) {
      expect(accepted({ argv: ['--listen-peer-host', host] }).secret).toBeUndefined();
    }
    expect(accepted({ argv: ['--listen-client-host', '0.0.0.0'] }).secret).toBeUndefined();
  });
});
