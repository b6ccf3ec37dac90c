/** The parts of the launcher that need no processes; the whole is tested in test/processes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { askLauncher, openDoor } from '../../scripts/local-cluster/control.ts';
import {
  addressesOf,
  deleteCluster,
  fileOf,
  prepareFolder,
  readShape,
} from '../../scripts/local-cluster/data-folder.ts';
import { logView } from '../../scripts/local-cluster/log-view.ts';
import { parseClusterOptions, shapeFor } from '../../scripts/local-cluster/options.ts';
import { drawSecret } from '../../scripts/local-cluster/secret-file.ts';

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'synod-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const SHAPE = { replicas: 3, port: 7600 };

describe('the data folder', () => {
  test('holds configurations that replicas accept, of one cluster', () => {
    const folder = makeFolder();
    prepareFolder(folder, SHAPE);
    expect(readShape(folder)).toEqual(SHAPE);
    const loaded = addressesOf(SHAPE).map(({ id }) =>
      loadConfig({ argv: ['--config', fileOf(folder, id, 'json')], env: {} }),
    );
    expect(loaded.map(({ type }) => type)).toEqual(['config', 'config', 'config']);
    for (const one of loaded) {
      expect(one).toMatchObject({
        secret: expect.any(Uint8Array),
        config: { log: { format: 'json' } },
      });
    }
  });

  test('a secret is drawn once, whole, and for its owner alone', () => {
    const file = path.join(makeFolder(), 'secret');
    expect(drawSecret(file)).toBe(true);
    const secret = readFileSync(file, 'utf8');
    expect(secret).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(drawSecret(file)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(secret);
  });

  test('only what the launcher made is deleted', () => {
    const folder = makeFolder();
    prepareFolder(folder, SHAPE);
    mkdirSync(path.join(folder, 'replica-1'));
    for (const name of ['notes', 'replica-x', 'replica-1.json.bak']) {
      writeFileSync(path.join(folder, name), '');
    }
    deleteCluster(folder);
    expect(existsSync(path.join(folder, 'secret'))).toBe(false);
    expect(existsSync(path.join(folder, 'replica-1'))).toBe(false);
    expect(readShape(folder)).toBeUndefined();
    for (const name of ['notes', 'replica-x', 'replica-1.json.bak']) {
      expect(existsSync(path.join(folder, name))).toBe(true);
    }
  });

  test('a folder that somebody else filled is neither used nor deleted', () => {
    const folder = makeFolder();
    mkdirSync(path.join(folder, 'replica-2'));
    expect(() => prepareFolder(folder, SHAPE)).toThrow(/replica-2 is not of a cluster/);
    expect(() => deleteCluster(folder)).toThrow(/nothing was deleted/);
    writeFileSync(path.join(folder, 'cluster.json'), '{"format":2,"replicas":3,"port":7600}');
    expect(() => deleteCluster(folder)).toThrow(/not written by this version/);
    expect(existsSync(path.join(folder, 'replica-2'))).toBe(true);
  });
});

describe('options', () => {
  test('what the folder holds wins where nothing is said, and is not contradicted', () => {
    const options = { folder: 'data', fresh: false, replicas: undefined, port: undefined };
    const made = { replicas: 5, port: 8000 };
    expect(shapeFor(options, undefined)).toEqual(SHAPE);
    expect(shapeFor(options, made)).toEqual(made);
    expect(shapeFor({ ...options, replicas: 5 }, made)).toEqual(made);
    expect(() => shapeFor({ ...options, replicas: 3 }, made)).toThrow(/holds a cluster of 5/);
    expect(() => shapeFor({ ...options, port: 7600 }, made)).toThrow(/from port 8000 on/);
  });

  test.each([
    ['--replicas', '0'],
    ['--replicas', '10'],
    ['--replicas', '3.5'],
    ['--port', '0'],
    ['--port', '65500'],
    ['--port', ''],
    ['--data', ''],
    ['--nothing'],
    ['three'],
  ])('%s %s is wrong', (...argv) => {
    expect(parseClusterOptions(argv)).toMatchObject({
      type: 'wrong',
      why: expect.stringContaining(argv[0] ?? ''),
    });
  });
});

describe('the door', () => {
  test('lets one launcher in, answers, and is left behind by none', async () => {
    const folder = path.join(makeFolder(), 'a-folder-with-a-long-name'.repeat(8));
    mkdirSync(folder);
    const answer = { ok: true, message: 'done' };
    const door = await openDoor(folder, async () => answer);
    expect(door).toBeDefined();
    expect(await openDoor(folder, async () => answer)).toBeUndefined();
    expect(await askLauncher(folder, { do: 'kill', replica: 1 })).toEqual(answer);
    door?.close();
    expect(await askLauncher(folder, { do: 'status' })).toBeUndefined();
    // What a killed launcher leaves is taken over.
    writeFileSync(path.join(folder, 'launcher.sock'), '');
    const next = await openDoor(folder, async () => answer);
    expect(next).toBeDefined();
    next?.close();
  });
});

describe('the view of the logs', () => {
  const view = logView(false, () => new Date(2026, 0, 1, 12, 0, 0));

  test('shows a line of a replica in its words', () => {
    const time = new Date(2026, 0, 1, 11, 59, 58).toISOString();
    const line = {
      level: 30,
      time,
      replica: 2,
      role: 'leader',
      ballot: '3.2',
      why: 'a quorum promised',
      msg: 'leads in ballot 3.2',
    };
    expect(view.ofReplica(2, JSON.stringify(line))).toBe(
      '11:59:58 replica 2  leads in ballot 3.2 (a quorum promised)',
    );
    expect(view.ofReplica(2, JSON.stringify({ ...line, slot: 7 }))).toMatch(/promised\) slot=7$/);
  });

  test('shows what is no JSON as it is, and sends nothing to the terminal that it would act on', () => {
    expect(view.ofReplica(1, 'Error: \u001B[2Jboom')).toBe(
      '12:00:00 replica 1  Error: \uFFFD[2Jboom',
    );
    expect(view.ofReplica(1, '{"msg":3}')).toBe('12:00:00 replica 1  {"msg":3}');
  });

  test('has colours only where they are wanted', () => {
    expect(logView(true).ofLauncher('a')).toContain('\u001B[1m');
    expect(view.ofLauncher('a')).toBe('12:00:00 cluster    a');
  });
});
