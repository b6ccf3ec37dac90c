import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { majorities, type Membership } from '../../src/paxos/membership.ts';
import { type DataDirectory, openDataDirectory } from '../../src/storage/data-directory.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { write } from './calls.ts';

describe('a data directory', () => {
  let root: string;
  let path: string;
  let open: DataDirectory[];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'synod-directory-'));
    path = join(root, 'replica-1');
    open = [];
  });
  afterEach(async () => {
    for (const directory of open) await directory.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function openIt(replicaId = 1): Promise<DataDirectory> {
    const directory = await openDataDirectory(path, { replicaId });
    open.push(directory);
    return directory;
  }

  async function suspect(): Promise<DataDirectory> {
    const directory = await openIt();
    directory.storeGenesis(genesisFor(directory.incarnation));
    directory.storeSuspicion('its log ends at write 5');
    return directory;
  }

  async function createIt(): Promise<void> {
    const directory = await openDataDirectory(path, { replicaId: 1 });
    await directory.close();
  }

  function edit(file: string, change: (text: string) => string): void {
    writeFileSync(join(path, file), change(readFileSync(join(path, file), 'utf8')));
  }

  it('closes its witness after the log: what is under way is noted there yet', async () => {
    const directory = await openIt();
    const witness = directory.openWitness((error) => {
      throw error;
    });
    const key = { key: Buffer.from('k'), value: Buffer.from('v') };
    const writing = write(directory.log, [key], true).then(() => witness.note(1));
    await directory.close();
    await writing;
    open = [];
    const again = await openIt();
    expect(again.openWitness(() => undefined).found).toBe(1);
  });

  it('bears a mark until its state was read through, or it is closed', async () => {
    const mark = join(path, 'reading');
    const directory = await openIt();
    expect(existsSync(mark)).toBe(true);
    directory.markRead();
    directory.markRead();
    expect(existsSync(mark)).toBe(false);
    await directory.close();
    open = [];
    const again = await openIt();
    expect(existsSync(mark)).toBe(true);
    await again.close();
    open = [];
    expect(existsSync(mark)).toBe(false);
  });

  it('bears the mark before its state is opened: what that ends the process for is looked at next', async () => {
    await createIt();
    rmSync(join(path, 'state'), { recursive: true });
    writeFileSync(join(path, 'state'), 'no directory');
    await expect(openIt()).rejects.toThrow(StorageError);
    expect(existsSync(join(path, 'reading'))).toBe(true);
  });

  it('draws an incarnation once, and is only for its owner', async () => {
    const created = await openIt();
    expect(created.incarnation).toMatch(/^[0-9a-f]{32}$/);
    expect(created.genesis).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'identity.json')).mode & 0o777).toBe(0o600);
    await created.close();
    expect((await openIt()).incarnation).toBe(created.incarnation);
  });

  it('draws another incarnation for another directory', async () => {
    const first = await openIt();
    path = join(root, 'replica-2');
    expect((await openIt()).incarnation).not.toBe(first.incarnation);
  });

  it('refuses another replica', async () => {
    await createIt();
    await expect(openIt(2)).rejects.toThrow(/belongs to replica 1, and this is replica 2.*Give/);
  });

  it('refuses a newer format, and says so', async () => {
    await createIt();
    edit('identity.json', (text) => text.replace('"format": 5', '"format": 7'));
    await expect(openIt()).rejects.toThrow(/has format version 7.*A newer version/);
  });

  it.each([
    ['empty', ''],
    ['cut short', '{"format": 5'],
    ['of another shape', '[]'],
    ['without a checksum', '{"format": 5, "content": {"replicaId": 1}}'],
  ])('refuses an identity that is %s', async (_, text) => {
    await createIt();
    edit('identity.json', () => text);
    await expect(openIt()).rejects.toThrow(/identity.json is damaged.*replica must be replaced/);
  });

  it('refuses an identity that was edited', async () => {
    await createIt();
    edit('identity.json', (text) => text.replace('"replicaId": 1', '"replicaId": 2'));
    await expect(openIt(2)).rejects.toThrow('its checksum is wrong');
  });

  it('refuses data without an identity, but not the remains of its own creation', async () => {
    await createIt();
    rmSync(join(path, 'identity.json'));
    const recreated = await openIt();
    await write(recreated.log, [{ key: Buffer.of(1), value: Buffer.of(1) }]);
    await recreated.close();
    rmSync(join(path, 'identity.json'));
    await expect(openIt()).rejects.toThrow('has data, but no identity.json');
    expect(existsSync(join(path, 'identity.json'))).toBe(false);
  });

  it('refuses a directory that cannot be used', async () => {
    path = join(root, 'file');
    writeFileSync(path, '');
    await expect(openIt()).rejects.toThrow(/cannot use .*file/);
  });

  it('refuses a directory that this process has open', async () => {
    await openIt();
    await expect(openIt()).rejects.toThrow(/is in use by another process.*Stop the other/);
  });

  it('refuses a directory that another process has open, and takes it once that is killed', async () => {
    const holder = await holdInOtherProcess(path);
    try {
      await expect(openIt()).rejects.toThrow('is in use by another process');
    } finally {
      const exited = once(holder, 'exit');
      holder.kill('SIGKILL');
      await exited;
    }
    expect((await openIt()).replicaId).toBe(1);
  });

  it('throws nothing but storage errors', async () => {
    await createIt();
    edit('identity.json', () => 'x');
    await expect(openIt()).rejects.toBeInstanceOf(StorageError);
  });

  describe('and the mark that it may have forgotten votes', () => {
    it('is durable, and stays as it was first', async () => {
      const directory = await openIt();
      expect(directory.suspicion).toBeUndefined();
      directory.storeSuspicion('its log ends at write 5');
      directory.storeSuspicion('another reason');
      expect(directory.suspicion).toBe('its log ends at write 5');
      await directory.close();
      expect((await openIt()).suspicion).toBe('its log ends at write 5');
      expect(statSync(join(path, 'suspect.json')).mode & 0o777).toBe(0o600);
    });

    it.each(['', 'x', '{"format":3}'])('counts when it cannot be read: %j', async (text) => {
      await createIt();
      writeFileSync(join(path, 'suspect.json'), text);
      expect((await openIt()).suspicion).toMatch(/suspect.json is damaged/);
    });
  });

  describe('of a suspect', () => {
    it('draws its next incarnation once', async () => {
      const directory = await suspect();
      const next = directory.nextIncarnation();
      expect(next).toMatch(/^[0-9a-f]{32}$/);
      expect(next).not.toBe(directory.incarnation);
      expect(directory.nextIncarnation()).toBe(next);
      const { incarnation } = directory;
      await directory.close();
      const again = await openIt();
      expect(again).toMatchObject({ incarnation, suspicion: 'its log ends at write 5' });
      expect(again.nextIncarnation()).toBe(next);
    });

    it.each(['once', 'again, after a crash in the middle'])('begins anew, %s', async (how) => {
      const directory = await suspect();
      const record = [{ key: Buffer.of(1), value: Buffer.of(2) }];
      await write(directory.log, record);
      await write(directory.state, record);
      directory.openWitness(rethrow).note(7);
      const next = directory.nextIncarnation();
      const letIn = { ...genesisFor(next), epoch: 4 };
      directory.storeLetIn(letIn);
      expect(directory.suspicion).toBeDefined();
      await directory.close();
      if (how !== 'once') {
        const file = join(path, 'next-incarnation.json');
        const text = readFileSync(file, 'utf8');
        await (await openIt()).close();
        // All is done but the last step.
        writeFileSync(file, text);
      }
      const anew = await openIt();
      expect(anew).toMatchObject({ incarnation: next, genesis: letIn, suspicion: undefined });
      expect(anew.log.get(Buffer.of(1))).toBeUndefined();
      expect(anew.state.get(Buffer.of(1))).toBeUndefined();
      expect(anew.openWitness(rethrow).found).toBeUndefined();
      expect(existsSync(join(path, 'next-incarnation.json'))).toBe(false);
      expect(anew.nextIncarnation()).not.toBe(next);
    });

    it('is refused where that file is damaged', async () => {
      const directory = await suspect();
      directory.nextIncarnation();
      await directory.close();
      edit('next-incarnation.json', (text) => text.replace('"incarnation"', '"incarnatiom"'));
      await expect(openIt()).rejects.toThrow(/next-incarnation.json is damaged/);
    });
  });

  it('opens with a log that LevelDB cannot read, which says so', async () => {
    await createIt();
    writeFileSync(join(path, 'log', 'CURRENT'), '');
    const { log } = await openIt();
    expect(() => log.get(Buffer.of(1))).toThrow(/damaged record: the database of the log/);
    await expect(write(log, [])).rejects.toThrow(/damaged record/);
    expect(readFileSync(join(path, 'log', 'CURRENT'), 'utf8')).toBe('');
  });

  it('opens with a log of which LevelDB misses a file, whatever the path', async () => {
    path = join(root, 'replica 1');
    await createIt();
    const name = readdirSync(join(path, 'log')).find((file) => file.startsWith('MANIFEST')) ?? '';
    rmSync(join(path, 'log', name));
    const { log } = await openIt();
    expect(() => log.get(Buffer.of(1))).toThrow(/damaged record: the database of the log/);
  });

  it('has a witness, which is closed with it', async () => {
    const directory = await openIt();
    directory.openWitness(rethrow).note(7);
    await directory.close();
    expect((await openIt()).openWitness(rethrow).found).toBe(7);
  });

  it('says what to do where its witness cannot be opened', async () => {
    const directory = await openIt();
    mkdirSync(join(path, 'witness'));
    expect(() => directory.openWitness(() => undefined)).toThrow(/cannot use .*witness.*must own/);
  });

  describe('and its genesis', () => {
    it('is stored once, and then stays', async () => {
      const directory = await openIt();
      const genesis = genesisFor(directory.incarnation);
      expect(directory.storeGenesis(genesis)).toEqual({ type: 'stored', genesis });
      expect(directory.storeGenesis({ ...genesis })).toEqual({ type: 'stored', genesis });
      const { quorums, members, epoch, clusterId } = genesis;
      const reordered = { quorums, members, epoch, clusterId };
      expect(directory.storeGenesis(reordered).type).toBe('stored');
      const other = directory.storeGenesis({ ...genesis, clusterId: 'd'.repeat(32) });
      expect(other).toMatchObject({ type: 'refused', genesis });
      const changed = directory.storeGenesis({ ...genesis, quorums: { phase1: 3, phase2: 1 } });
      expect(changed).toMatchObject({ type: 'refused', genesis });
      await directory.close();
      expect((await openIt()).genesis).toEqual(genesis);
      expect(statSync(join(path, 'genesis.json')).mode & 0o777).toBe(0o600);
    });

    it('must name this replica, in this incarnation', async () => {
      const directory = await openIt();
      const refused = directory.storeGenesis(genesisFor('9'.repeat(32)));
      expect(refused).toMatchObject({ type: 'refused', reason: /incarnation 9999/ });
      const { members, ...rest } = genesisFor(directory.incarnation);
      const without = directory.storeGenesis({ ...rest, members: members.slice(1) });
      expect(without).toMatchObject({ type: 'refused', reason: /not a member/ });
      expect(directory.genesis).toBeUndefined();
    });

    it('is refused when damaged, or of another directory', async () => {
      const directory = await openIt();
      directory.storeGenesis(genesisFor(directory.incarnation));
      await directory.close();
      const whole = readFileSync(join(path, 'genesis.json'), 'utf8');
      edit('genesis.json', (text) => text.replace('7602', '7609'));
      await expect(openIt()).rejects.toThrow(/genesis.json is damaged/);
      rmSync(path, { recursive: true });
      await createIt();
      writeFileSync(join(path, 'genesis.json'), whole);
      await expect(openIt()).rejects.toThrow('does not fit this directory');
    });
  });

  it('does not open a directory that it may not read', async () => {
    await createIt();
    chmodSync(join(path, 'identity.json'), 0o000);
    if (process.getuid?.() === 0) return;
    await expect(openIt()).rejects.toThrow(/cannot use .*identity.json/);
  });
});

function genesisFor(incarnation: string): Membership {
  const members = [1, 2, 3].map((id) => ({
    id,
    incarnation: id === 1 ? incarnation : String(id).repeat(32),
    role: 'voter' as const,
    peerUrl: `http://127.0.0.1:760${id}`,
    clientUrl: `http://127.0.0.1:750${id}`,
  }));
  return { clusterId: 'c'.repeat(32), epoch: 1, members, quorums: majorities(3) };
}

/** Another process that opens the directory's log and keeps it open. */
async function holdInOtherProcess(path: string): Promise<ChildProcess> {
  const level = fileURLToPath(import.meta.resolve('level'));
  const program = `
    import { mkdirSync } from 'node:fs';
    import level from ${JSON.stringify(level)};
    mkdirSync(process.argv[1], { recursive: true });
    await new level.Level(process.argv[1]).open();
    process.stdout.write('open');
    setInterval(() => {}, 1000);
  `;
  const args = ['--input-type=module', '-e', program, join(path, 'log')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

function rethrow(error: Error): never {
  throw error;
}
