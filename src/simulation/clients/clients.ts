/**
 * The clients of a simulated world. Each writes values that nobody else writes, retries at another
 * replica only with a new value, and holds every answer against what the log has chosen.
 */
import { decodeBatch } from '../../kv/batch.ts';
import { decodeCommand, type Operation } from '../../kv/operation.ts';
import type { WriteOutcome } from '../../replica/api.ts';
import type { Ghost } from '../ghost/ghost.ts';
import { check } from '../ghost/invariant.ts';
import type { Plan } from '../plan.ts';
import type { Random } from '../random.ts';
import type { SimulatedReplica } from '../simulated-replica.ts';
import type { VirtualTime } from '../virtual-time.ts';

interface Write {
  /** In the log exactly where the operation is a put. */
  readonly value: string;
  readonly isPut: boolean;
  outcome: WriteOutcome | undefined;
}

export interface ClientsOptions {
  readonly replicas: readonly SimulatedReplica[];
  readonly plan: Plan;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly ghost: Ghost;
}

export class Clients {
  readonly #options: ClientsOptions;
  readonly #writes: Write[] = [];
  /** Highest revision that any client was told of. */
  #acknowledged = 0;
  #isStopped = false;
  #open = 0;
  operations = 0;
  applied = 0;
  reads = 0;

  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  start(): void {
    for (let client = 0; client < this.#options.plan.clients; client += 1) this.#think();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Requests without an answer so far. */
  get open(): number {
    return this.#open;
  }

  #think(): void {
    const { plan, random, time } = this.#options;
    time.after(random.next() * plan.thinkMs, () => {
      if (!this.#isStopped) this.#act();
    });
  }

  #act(): void {
    const { random, replicas } = this.#options;
    const up = replicas.filter((replica) => replica.isUp);
    if (up.length === 0) {
      this.#think();
      return;
    }
    this.operations += 1;
    this.#open += 1;
    const at = random.pick(up);
    if (random.chance(0.3)) this.#read(at);
    else this.write(at, () => this.#finish());
  }

  #finish(): void {
    this.#open -= 1;
    this.#think();
  }

  write(at: SimulatedReplica, done: (outcome: WriteOutcome) => void): void {
    const { random } = this.#options;
    const value = `value ${this.#writes.length}`;
    const key = `k${random.between(1, this.#options.plan.keys)}`;
    const operation = drawOperation(random, key, value);
    const write: Write = { value, isPut: operation.type === 'put', outcome: undefined };
    this.#writes.push(write);
    at.host?.write(operation, { deadlineMs: this.#options.plan.deadlineMs }, (outcome) => {
      check(write.outcome === undefined, 'one answer for each request', value);
      write.outcome = outcome;
      if (outcome.type === 'applied') {
        this.applied += 1;
        this.#acknowledged = Math.max(this.#acknowledged, outcome.answer.revision);
        this.#checkApplied(write, outcome.slot);
      }
      done(outcome);
    });
  }

  /** I14: an acknowledged command stands in the slot that the answer names. */
  #checkApplied(write: Write, slot: number): void {
    const stands = valuesIn(this.#options.ghost, slot).includes(write.value);
    check(stands || !write.isPut, 'I14: client truth', write.value);
  }

  /** I15: a linearizable read sees everything that was acknowledged before it began. */
  #read(at: SimulatedReplica): void {
    const before = this.#acknowledged;
    at.host?.read({ level: 'linearizable', deadlineMs: this.#options.plan.deadlineMs }, (grant) => {
      if (grant.type === 'granted') {
        this.reads += 1;
        const text = `read ${grant.revision} at replica ${at.id}, ${before} was acknowledged`;
        check(grant.revision >= before, 'I15: read truth', text);
        this.#acknowledged = Math.max(this.#acknowledged, grant.revision);
      }
      this.#finish();
    });
  }

  /** At the end: what was refused never happened, and nothing happened twice. */
  checkAll(): void {
    const { ghost } = this.#options;
    const counts = new Map<string, number>();
    for (const slot of ghost.chosen.keys()) {
      for (const value of valuesIn(ghost, slot)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const { value, isPut, outcome } of this.#writes) {
      if (!isPut) continue;
      const count = counts.get(value) ?? 0;
      check(count <= 1, 'I14: a command gets one slot', value);
      check(outcome?.type !== 'notApplied' || count === 0, 'I14: refused is never applied', value);
      check(
        outcome?.type !== 'applied' || count === 1,
        'I14: no acknowledged write is lost',
        value,
      );
    }
  }
}

function drawOperation(random: Random, key: string, value: string): Operation {
  const bytes = new TextEncoder().encode(value);
  const kind = random.next();
  if (kind < 0.1) return { type: 'delete', key, prev: true, condition: { ifNoneMatch: [0] } };
  if (kind < 0.15) return { type: 'deleteRange', prefix: 'k' };
  const condition = kind < 0.3 ? { condition: { ifMatch: [random.between(1, 50)] } } : {};
  return {
    type: 'put',
    key,
    value: bytes,
    contentType: 'text/plain',
    prev: kind < 0.5,
    ...condition,
  };
}

function valuesIn(ghost: Ghost, slot: number): string[] {
  const command = ghost.chosen.get(slot);
  if (command?.type !== 'batch') return [];
  return decodeBatch(command.bytes).flatMap((bytes) => {
    const { operation } = decodeCommand(bytes);
    return operation.type === 'put' ? [new TextDecoder().decode(operation.value)] : [];
  });
}
