/** What a change of membership does to quorums, as its leader sees it, and why it may not be. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { CoreState } from '../paxos/core-state.ts';
import { type Membership, memberOf, votersOf } from '../paxos/membership.ts';
import type { ChangeReport, MembershipOrder, Probed, QuorumReport } from '../paxos/orders.ts';
import type { MemberStatus } from './api.ts';

/** Of two wall clocks. They decide nothing, but whoever reads two logs is misled by more. */
const MAX_SKEW_MS = 1_000;

export interface JudgedChange {
  readonly core: CoreState;
  readonly order: MembershipOrder;
  readonly next: Membership;
  /** As the leader hears them. */
  readonly members: readonly MemberStatus[];
  readonly probed: Probed | undefined;
  /** Of the leader. */
  readonly version: string;
  readonly wallMs: number;
}

/** A text is the reason of a refusal, for the operator. */
export function judgeChange(change: JudgedChange): ChangeReport | string {
  const { core, members, next, order, probed } = change;
  const refusal = probedProblem(change, probed) ?? promotionProblem(change);
  if (refusal !== undefined) return refusal;
  const before = reportOf(core.membership, members);
  const after = reportOf(next, members);
  const needed = Math.max(next.quorums.phase1, next.quorums.phase2);
  if (order.type !== 'move' && after.reachable.length < needed) {
    return (
      `of the voters ${textOf(after.voters)} the leader hears ${textOf(after.reachable)} only, and ` +
      `${needed} are needed: the cluster would stop`
    );
  }
  const warnings = [...probedWarnings(change, probed), ...quorumWarnings(change, after)];
  return { epoch: next.epoch, before, after, warnings };
}

function reportOf(membership: Membership, members: readonly MemberStatus[]): QuorumReport {
  const voters = votersOf(membership).map(({ id }) => id);
  const others = membership.members.filter(({ role }) => role !== 'voter');
  const { phase1, phase2 } = membership.quorums;
  const isHeard = (id: ReplicaId): boolean =>
    members.some((one) => one.id === id && one.reachable && one.role !== 'suspect');
  return {
    voters,
    nonVoting: others.map(({ id }) => id),
    quorums: { phase1, phase2 },
    reachable: voters.filter(isHeard),
    tolerates: voters.length - Math.max(phase1, phase2),
  };
}

function probedProblem(
  { core, order }: JudgedChange,
  probed: Probed | undefined,
): string | undefined {
  if (probed === undefined) return undefined;
  const { clusterId } = core.membership;
  const id = order.type === 'replace' ? order.by : 'id' in order ? order.id : 0;
  if (probed.clusterId !== '' && probed.clusterId !== clusterId) {
    return (
      `replica ${id} belongs to cluster ${probed.clusterId}, not to ${clusterId}: ` +
      'start it with an empty data directory'
    );
  }
  if (probed.disk === 'full') return `the disk of replica ${id} is full`;
  return undefined;
}

/** It votes from the next epoch on, and whoever votes should have what was chosen. */
function promotionProblem({ core, members, order }: JudgedChange): string | undefined {
  if (order.type !== 'promote') return undefined;
  const { id } = order;
  const said = members.find((member) => member.id === id);
  if (said?.role === 'suspect') return `replica ${id} is suspect: replace it`;
  if (said?.reachable !== true) return `the leader does not hear replica ${id}`;
  const { openSlots } = core.limits;
  if (said.lag <= openSlots) return undefined;
  return `replica ${id} is ${said.lag} slots behind; it may be promoted within ${openSlots}`;
}

function probedWarnings(
  { version, wallMs }: JudgedChange,
  probed: Probed | undefined,
): readonly string[] {
  if (probed === undefined) return [];
  const warnings: string[] = [];
  const skewMs = Math.abs(probed.wallMs - wallMs);
  if (probed.disk === 'low') warnings.push('its disk is nearly full');
  if (probed.version !== version) {
    warnings.push(`it runs version ${probed.version}, the leader ${version}`);
  }
  if (skewMs > MAX_SKEW_MS) {
    warnings.push(`its wall clock differs from the leader's by ${Math.round(skewMs / 1000)} s`);
  }
  return warnings;
}

function quorumWarnings({ core, next }: JudgedChange, after: QuorumReport): readonly string[] {
  const warnings: string[] = [];
  if (memberOf(next, core.self)?.role !== 'voter') {
    warnings.push(`replica ${core.self} leads: another one will be elected`);
  }
  if (after.tolerates === 0 && after.voters.length > 1) {
    warnings.push('no voter may be lost then');
  }
  return warnings;
}

function textOf(ids: readonly ReplicaId[]): string {
  return ids.length === 0 ? 'none' : ids.join(', ');
}
