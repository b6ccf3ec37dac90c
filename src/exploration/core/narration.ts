/** What may happen in the world of the core, and how it is told to people. */
import { unreachable } from '../../paxos/assert.ts';
import { formatBallot, isSame, type ReplicaId } from '../../paxos/ballot.ts';
import type { Interner } from '../interner.ts';
import { nameParcel, type Parcel } from './parcel.ts';
import type { Place } from './place.ts';
import { nameCommand } from './place-name.ts';

/** What a place does without a message. */
export type OwnInput = 'campaign' | 'propose' | 'sync' | 'crash';

export type CoreAction =
  | { readonly type: OwnInput; readonly replica: ReplicaId }
  | { readonly type: 'deliver' | 'repeat' | 'lose'; readonly parcel: number };

export function describeAction(action: CoreAction, parcels: Interner<Parcel>): string {
  switch (action.type) {
    case 'campaign':
      return `replica ${action.replica} campaigns`;
    case 'propose':
      return `replica ${action.replica} proposes its command`;
    case 'sync':
      return `the disk of replica ${action.replica} has written`;
    case 'crash':
      return `replica ${action.replica} crashes and starts again`;
    case 'deliver':
      return nameParcel(parcels.valueOf(action.parcel));
    case 'repeat':
      return `${nameParcel(parcels.valueOf(action.parcel))}, and it may come again`;
    case 'lose':
      return `${nameParcel(parcels.valueOf(action.parcel))} is lost`;
    default:
      return unreachable(action);
  }
}

/** What became different at one replica, as far as a reader of a path wants to know. */
export function describeChange(before: Place, after: Place): string {
  const changes: string[] = [];
  const { core, disk } = after;
  const { promised } = core.acceptor;
  if (!isSame(promised, before.core.acceptor.promised)) {
    changes.push(`promises ${formatBallot(promised)}`);
  }
  const { role } = core;
  if (role.name !== before.core.role.name) {
    const ballot = 'ballot' in role ? ` in ${formatBallot(role.ballot)}` : '';
    changes.push(`is ${role.name}${ballot}`);
  }
  const { epoch } = core.membership;
  if (epoch > before.core.membership.epoch) changes.push(`is in epoch ${epoch}`);
  for (const [of, { accepted }] of disk.epochs) {
    for (const [slot, { ballot, command }] of accepted) {
      const known = before.disk.epochs.get(of)?.accepted.get(slot);
      if (known !== undefined && isSame(known.ballot, ballot)) continue;
      changes.push(`holds ${nameCommand(command)} in slot ${slot}, ${formatBallot(ballot)}`);
    }
  }
  const { chosenUpTo } = core.learner;
  if (chosenUpTo > before.core.learner.chosenUpTo) changes.push(`knows up to ${chosenUpTo}`);
  return changes.length === 0 ? '' : `replica ${core.self} ${changes.join(', ')}`;
}
