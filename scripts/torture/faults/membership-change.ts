/** Steps from one membership to another, each repeated until it is done: answers get lost. */
import { rmSync } from 'node:fs';
import { waitFor } from '../../bench/wait.ts';
import type { FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { expectAlone } from './wholeness.ts';
import {
  addressOf,
  give,
  isNamed,
  isVoter,
  type Members,
  type Membership,
  membershipOf,
  type Order,
} from './membership-orders.ts';

export interface Step {
  readonly what: string;
  readonly isDone: (membership: Membership) => boolean | Promise<boolean>;
  /** What brings it on as things stand; `undefined`: it comes by itself. */
  readonly order: (membership: Membership) => Order | undefined;
  /** Who comes by it: kept running, though another fault may end it. */
  readonly comes?: TortureReplica;
}

/** With catching up, a lost leader, and another fault at the same time, on a slow machine. */
const STEP_LIMIT_MS = 150_000;
const ASK_EVERY_MS = 200;

/** Also when all is over: half a change is none. Whether it was done within the limit. */
export async function take(context: FaultContext, step: Step): Promise<boolean> {
  let last = 'no order was given';
  const ask = async (): Promise<true | undefined> => {
    if (step.comes?.isRunning() === false) startApart(step.comes);
    const membership = await membershipOf(context);
    if (membership === undefined) return undefined;
    if (await step.isDone(membership)) return true;
    const order = step.order(membership);
    if (order === undefined) return undefined;
    const { status, text } = await give(context, order);
    last = `${order.method} ${order.path}: ${status} ${text}`;
    return undefined;
  };
  const { what } = step;
  const taken = waitFor(ask, { what, limitMs: STEP_LIMIT_MS, everyMs: ASK_EVERY_MS });
  const isDone = await taken.catch(() => false);
  const finding = isDone ? undefined : `no ${what} within ${STEP_LIMIT_MS} ms; ${last}`;
  expectAlone(context, 'a change of the membership is done', finding);
  return isDone;
}

/** As soon as anybody answers: all may be down at once for a while. */
export async function knownMembership(
  context: Members & Pick<FaultContext, 'expect' | 'isAlone'>,
): Promise<Membership | undefined> {
  const ask = (): Promise<Membership | undefined> => membershipOf(context);
  const what = 'member that answers';
  try {
    return await waitFor(ask, { what, limitMs: STEP_LIMIT_MS, everyMs: ASK_EVERY_MS });
  } catch (error) {
    expectAlone(context, 'a change of the membership is done', String(error));
    return undefined;
  }
}

export function joining(replica: TortureReplica): Step {
  const { id } = replica;
  return {
    what: `vote of replica ${id}`,
    comes: replica,
    isDone: (membership) => isVoter(membership, id),
    order: (membership) =>
      isNamed(membership, id)
        ? undefined
        : { method: 'POST', path: 'members', body: addressOf(replica) },
  };
}

export function leaving({ id }: TortureReplica): Step {
  return {
    what: `membership without replica ${id}`,
    isDone: (membership) => !isNamed(membership, id),
    order: () => ({ method: 'DELETE', path: `members/${id}` }),
  };
}

export function replacing(old: TortureReplica, by: TortureReplica): Step {
  return {
    what: `replica ${by.id} in the place of ${old.id}`,
    comes: by,
    isDone: (membership) => isVoter(membership, by.id) && !isNamed(membership, old.id),
    order: (membership) =>
      isNamed(membership, by.id)
        ? undefined
        : { method: 'POST', path: `members/${old.id}/replace`, body: addressOf(by) },
  };
}

/** Under the id that it has, with the empty disk that it was started with. */
export function replacingItself(replica: TortureReplica): Step {
  const { id } = replica;
  return {
    what: `replica ${id} in its own place`,
    comes: replica,
    isDone: async (membership) => isVoter(membership, id) && (await replica.isReady()),
    order: (membership) =>
      isVoter(membership, id)
        ? { method: 'POST', path: `members/${id}/replace`, body: addressOf(replica) }
        : undefined,
  };
}

/** It runs with an empty disk, and is no member until it is named. */
export function startEmpty(replica: TortureReplica): void {
  rmSync(replica.plan.directory, { recursive: true, force: true });
  startApart(replica);
}

function startApart(replica: TortureReplica): void {
  replica.start();
  replica.isMember = false;
}

/** It runs no longer, and nothing of it is left. */
export async function wipe(replica: TortureReplica): Promise<void> {
  await replica.leave();
  rmSync(replica.plan.directory, { recursive: true, force: true });
}
