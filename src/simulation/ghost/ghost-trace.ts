/** What the ghost alone can tell a trace: what is durable, chosen and applied, and who leads. */
import { unreachable } from '../../paxos/assert.ts';
import { formatBallot, type ReplicaId } from '../../paxos/ballot.ts';
import type { Slot } from '../../paxos/command.ts';
import type { LogRecord } from '../../paxos/effects.ts';
import type { ReplicaEvent } from '../../replica/ports.ts';
import { commandText } from '../message-body.ts';
import type { Trace } from '../trace.ts';
import type { ChosenSlot } from './proposals.ts';
import { rankText } from './ranks.ts';

export class GhostTrace {
  readonly #trace: Trace | undefined;

  /** Without a trace it tells nobody. */
  constructor(trace?: Trace) {
    this.#trace = trace?.isRecording === true ? trace : undefined;
  }

  event(replica: ReplicaId, event: ReplicaEvent): void {
    if (this.#trace === undefined) return;
    if (event.type !== 'role') {
      const text = reportText(event);
      this.#trace.record({ type: 'replica', replica, what: 'report', text });
      return;
    }
    const { role, why } = event;
    const ballot = formatBallot(event.ballot);
    this.#trace.record({ type: 'replica', replica, what: 'role', text: why, role, ballot });
  }

  durable(replica: ReplicaId, record: LogRecord): void {
    if (this.#trace === undefined) return;
    const ballot = formatBallot(record.ballot);
    const fact = { type: 'replica', replica, what: 'durable', ballot } as const;
    if (record.type === 'promised') {
      this.#trace.record({ ...fact, text: `promised ${ballot}` });
      return;
    }
    const { slot } = record;
    const command = commandText(record.command);
    this.#trace.record({ ...fact, text: `accepted ${ballot} in slot ${slot}`, slot, command });
  }

  chosen(replica: ReplicaId, { slot, rank, command }: ChosenSlot): void {
    const ballot = rankText(rank);
    this.#trace?.record({ type: 'chosen', replica, slot, ballot, command: commandText(command) });
  }

  applied(replica: ReplicaId, slot: Slot): void {
    if (this.#trace === undefined) return;
    this.#trace.record({ type: 'replica', replica, what: 'applied', text: `slot ${slot}`, slot });
  }
}

function reportText(event: Exclude<ReplicaEvent, { readonly type: 'role' }>): string {
  switch (event.type) {
    case 'alarm':
      return `alarm about R${event.from}: ${event.reason}`;
    case 'epoch':
      return `is in epoch ${event.epoch}, from slot ${event.from} on`;
    case 'caughtUp':
      return `has caught up with slot ${event.chosenUpTo}`;
    case 'genesis':
      return 'holds the genesis';
    case 'disk':
      return `disk: ${event.level}`;
    case 'diverged':
      return event.reason;
    case 'refused':
      return `refuses: ${event.reason}`;
    case 'suspect':
      return `suspects itself: ${event.reason}`;
    case 'letIn':
      return `is let in again, in epoch ${event.epoch}`;
    case 'notLetIn':
      return `is not let in again: ${event.reason}`;
    case 'cutDamaged':
      return `cuts its log above the damaged slot ${event.slot}`;
    case 'logHeld':
      return `keeps its log above slot ${event.slot} for a peer`;
    case 'logLetGo':
      return 'keeps its log for nobody any more';
    case 'damagedState':
      return `throws its state away: ${event.reason}`;
    case 'rebuilds':
      return `rebuilds: ${event.reason}`;
    case 'snapshot':
      return `snapshot of R${event.from} at slot ${event.slot}: ${event.fact}`;
    default:
      return unreachable(event);
  }
}
