/**
 * One replica of a simulated world: the real host, replica, core and storage code, over a disk,
 * a network and time that are simulated. It can crash, end by itself, be started again, be stopped
 * for a while, and lose its disk; its clock may run wrongly.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Membership } from '../paxos/membership.ts';
import { Host } from '../replica/host.ts';
import type { HostOptions, OpenedStorage, StorageOpened } from '../replica/host-options.ts';
import { DiskFullError } from '../storage/storage-error.ts';
import { Directory } from '../transport/directory.ts';
import { DiskError, type DiskErrorCode } from './disk-error.ts';
import { DiskVerdict } from './disk-verdict.ts';
import { check } from './ghost/invariant.ts';
import { CLOSE_MS, Launcher } from './launcher.ts';
import { hasState, openWatched } from './open-storage.ts';
import { limitsOf } from './plan-leases.ts';
import { ProcessEnded, Processor } from './processor.ts';
import type { Random } from './random.ts';
import { ReplicaClock } from './replica-clock.ts';
import { SimulatedDirectory } from './simulated-directory.ts';
import { type AgedDisk, type CrashKind, SimulatedDisk } from './simulated-disk.ts';
import { SimulatedRoom } from './simulated-room.ts';
import type { SimulatedReplicaOptions } from './simulated-replica-options.ts';
import type { ReplicaFact } from './trace-event.ts';

export class SimulatedReplica {
  readonly id: ReplicaId;
  readonly clock: ReplicaClock;
  readonly room: SimulatedRoom;
  readonly #options: SimulatedReplicaOptions;
  readonly #random: Random;
  readonly disk: SimulatedDisk;
  readonly directory: SimulatedDirectory;
  #processor: Processor | undefined;
  #boots = 0;
  readonly #launcher: Launcher;
  #isClosing = false;
  readonly #verdict = new DiskVerdict();
  /** Nothing starts it: it stays down, or must not vote with this disk. */
  isHeld = false;
  host: Host | undefined;

  constructor(options: SimulatedReplicaOptions) {
    const { id, streams, time } = options;
    this.#options = options;
    this.id = id;
    this.#random = streams.of(`replica ${id}`);
    this.directory = new SimulatedDirectory({
      replicaId: id,
      drawIncarnation: () => this.#random.integer(32).toString(16).padStart(32, '0'),
      onSuspicion: (reason) => this.#suspected(reason),
    });
    this.clock = new ReplicaClock(time, (what) => {
      this.#tell('clock', what);
      this.#processor?.clockChanged();
    });
    this.#launcher = new Launcher(time, options.plan.launcherMs, () => this.start());
    this.room = new SimulatedRoom(time, () => this.#tell('disk', 'is nearly full'));
    this.disk = new SimulatedDisk({
      ...options,
      deliver: (complete) => this.#processor?.take(complete),
      onDamage: (what) => {
        this.#verdict.damaged(what);
        options.ghost.damages(id, what);
      },
    });
  }

  get isAtRisk(): boolean {
    return this.#verdict.isAtRisk;
  }
  get isSpoiled(): boolean {
    return this.#verdict.isSpoiled;
  }
  get isUp(): boolean {
    return this.host !== undefined;
  }
  get isFounded(): boolean {
    return this.directory.genesis !== undefined;
  }

  start(): void {
    if (this.isHeld || this.isUp) return;
    const { ghost, id, network, time } = this.#options;
    if (this.directory.beginLetIn()) this.#beginAnew();
    this.#boots += 1;
    const processor = new Processor(time, this.clock);
    const self = { replicaId: id, incarnation: this.directory.incarnation };
    const directory = new Directory(self, (peer) => host.testimonyTo(peer));
    const host = new Host(this.#hostOptions(processor, directory));
    this.#processor = processor;
    this.host = host;
    ghost.booted(id, this.#boots);
    this.#tell('boot', `life ${this.#boots}`);
    directory.setPeers(this.#options.members);
    const deliver = (run: () => void): void => processor.take(run);
    network.attach(id, { ...self, directory, handlers: host, deliver });
    processor.take(() => host.start());
  }

  /** It is another incarnation from now on, which has promised nothing. */
  #beginAnew(): void {
    this.disk.lose();
    this.#options.ghost.beginsAnew(this.id);
    this.#verdict.clear();
    this.#tell('disk', 'is emptied: it was let in again');
  }

  /** What was not synced may be lost. */
  crash(kind: CrashKind = 'power'): void {
    if (!this.isUp) return;
    this.#tell('crash', kind);
    this.#end(kind);
  }

  /** It is asked to end (SIGTERM): it hands over, answers what it owes, then it is gone. */
  close(withinMs: number, done: () => void): void {
    const { host } = this;
    if (host === undefined || this.#isClosing) return;
    this.#tell('close', 'is asked to end');
    this.#isClosing = true;
    host.close(withinMs, () => {
      if (this.host !== host) return;
      check(this.#processor?.timers === 0, 'I25: no timer after the end', `replica ${this.id}`);
      this.#tell('closed', 'has ended');
      this.#end('kill');
      done();
    });
  }

  /** As under SIGSTOP; infinite: until it is healed. */
  pause(forMs: number): void {
    this.#tell('pause', `for ${Math.round(forMs)} ms`);
    this.#processor?.stop(forMs);
  }

  wake(): void {
    if (this.#processor?.isStopped === true) this.#processor.resume();
  }

  /** As a virtual machine that is suspended: for all of it no time passes. */
  standStill(forMs: number): void {
    this.clock.standStill(forMs);
    this.#processor?.stop(forMs);
  }

  /** The disk answers nothing for a while; infinite: until it is healed. */
  hangDisk(forMs: number): void {
    this.#tell('disk', `hangs for ${Math.round(forMs)} ms`);
    this.disk.hang(forMs);
  }

  failDisk(operations: number, code: DiskErrorCode): void {
    this.#tell('disk', `${code} at the next ${operations} operations`);
    if (code === 'EIO') this.#verdict.risk();
    this.disk.failNext(operations, code);
  }

  /** One bit of what is stored is wrong from now on; a state is had anew once that is noticed. */
  flipBit(only?: 'log' | 'state'): void {
    const what = this.disk.flipBit(only);
    if (what !== undefined) this.#tell('disk', `a bit of its ${what} is flipped`);
  }

  /** The disk is replaced by an empty one; the process is gone with it. */
  loseDisk(): void {
    this.crash();
    this.disk.lose();
    this.directory.renew();
    this.#options.ghost.forget(this.id);
    this.#verdict.spoil();
    this.#tell('disk', 'is lost; an empty one takes its place');
  }

  /** Its state is gone, with slots that are not in the log (standing.ts). */
  loseState(): void {
    this.crash();
    this.disk.loseState();
    this.#options.ghost.losesState(this.id);
    this.#verdict.losesState();
    this.#tell('disk', 'loses its state');
  }

  /** It stays away, for now; an empty disk is refused by the others. */
  retire(): void {
    if (!this.isFounded) return;
    this.isHeld = true;
    this.crash();
  }

  /** What is on its disk now; `undefined`: its log is not open. */
  copyDisk(): AgedDisk | undefined {
    const sequence = this.host?.replica?.log.durableSequence;
    return sequence === undefined ? undefined : { ...this.disk.copy(), sequence };
  }

  /** An older copy of the disk comes back; the process is gone with the newer one. */
  rollBackDisk(copy: AgedDisk, withWitness: boolean): void {
    this.crash('kill');
    this.disk.rollBack(copy, withWitness ? copy.sequence : undefined);
    this.#verdict.spoil();
    this.#options.ghost.forget(this.id);
    this.#tell('disk', `is rolled back to write ${copy.sequence}`);
  }

  /** Its disk works, and its process runs; one that was asked to end has ended. */
  heal(): void {
    if (this.#isClosing) this.#end('kill');
    this.disk.heal();
    this.room.clear();
    this.clock.goOn();
    this.#processor?.resume();
    this.#launcher.worked();
    this.start();
  }

  #hostOptions(processor: Processor, directory: Directory): HostOptions {
    const { ghost, id, members, network, plan, trace } = this.#options;
    return {
      self: id,
      members,
      quorums: plan.quorums,
      directory: this.directory,
      staging: this.disk.staging,
      openStorage: (membership, done) => this.#openStorage(membership, done),
      onMembership: (membership) => {
        ghost.membership(membership);
        directory.setMembership(membership);
      },
      network: network.portOf(id, directory),
      clock: this.clock,
      scheduler: processor,
      diskSpace: this.room,
      limits: limitsOf(plan, id),
      drawInteger: (bits) => this.#random.integer(bits),
      version: 'simulated',
      wallMs: () => (plan.limits.core.leaseGrantMs > 0 ? this.clock.wallMs() : 0),
      observe: (event) => {
        trace.note(id * 256 + event.type.length);
        ghost.event(id, event);
      },
      watcher: ghost.watcherOf(id, () => this.host?.replica, this.clock),
      onLetIn: () => this.close(CLOSE_MS, () => this.start()),
      onFatal: (error) => this.#fail(error),
    };
  }

  /** The process ends at once, as after `process.exit`: nothing of it is seen after this. */
  #fail(error: Error): never {
    const isPassing = error instanceof DiskError || error instanceof DiskFullError;
    if (!isPassing) throw error;
    this.#options.ghost.processEnds(error);
    this.#tell('crash', `ends by itself: ${error.message}`);
    this.#end('kill');
    this.#launcher.failed();
    throw new ProcessEnded();
  }

  #end(kind: CrashKind): void {
    const { host } = this;
    this.#processor?.end();
    this.#processor = undefined;
    this.#isClosing = false;
    this.host = undefined;
    this.#options.network.detach(this.id);
    host?.replica?.close();
    this.disk.crash(kind);
  }

  #suspected(reason: string): void {
    check(this.isAtRisk, 'I9: no false suspicion', `replica ${this.id}: ${reason}`);
    this.#options.ghost.silence(this.id);
    this.#verdict.spoil();
  }

  #openStorage(membership: Membership, done: StorageOpened): void {
    const { ghost, id, plan } = this.#options;
    const identity = this.directory.identityIn(membership);
    const onFailed = (error: Error): never => this.#fail(error);
    const options = { identity, history: plan.history, ...plan.limits.logMargins, onFailed };
    const watch = (storage: OpenedStorage): void => ghost.watchStorage(id, storage);
    openWatched(this.disk, { ...options, watch }, (error, storage, state) => {
      if (storage !== undefined) this.#launcher.worked();
      if (hasState(storage)) this.#verdict.hasState(this.directory.suspicion !== undefined);
      done(error, storage, state);
    });
  }

  #tell(what: ReplicaFact, text: string): void {
    const { ghost, id, trace } = this.#options;
    trace.note(id * 256 + what.charCodeAt(0) + text.length);
    ghost.note(`replica ${id}: ${what}: ${text}`);
    if (trace.isRecording) trace.record({ type: 'replica', replica: id, what, text });
  }
}
