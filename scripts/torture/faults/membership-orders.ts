/** Who belongs to the cluster, as its members say, and orders that change it. */
import { z } from 'zod';
import type { FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';

export interface Membership {
  readonly clusterId: string | null;
  readonly epoch: number;
  readonly members: readonly { readonly id: number; readonly role: string }[];
}

export interface Ordered {
  /** 0: no answer came. */
  readonly status: number;
  readonly text: string;
}

export interface Order {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Below `/v1/cluster/`. */
  readonly path: string;
  readonly body?: object;
}

const ASK_LIMIT_MS = 1_000;
const ORDER_LIMIT_MS = 20_000;

const membershipSchema = z.looseObject({
  clusterId: z.string().nullable(),
  epoch: z.number(),
  members: z.array(z.looseObject({ id: z.number(), role: z.string() })),
});

/** Who can be asked. */
export interface Members {
  readonly cluster: { members(): readonly { readonly clientUrl: string }[] };
}

/**
 * By the one that knows of the most epochs, of those that know: one that starts names nobody.
 * `undefined`: nobody answers that does.
 */
export async function membershipOf({ cluster }: Members): Promise<Membership | undefined> {
  const all = await membershipsAt(cluster.members());
  const known = all.filter(({ members }) => members.length > 0);
  return known.toSorted((a, b) => b.epoch - a.epoch)[0];
}

/** Of those that answer. */
export async function membershipsAt(
  replicas: readonly { readonly clientUrl: string }[],
): Promise<readonly Membership[]> {
  const answers = await Promise.all(
    replicas.map(async ({ clientUrl }) => {
      try {
        const signal = AbortSignal.timeout(ASK_LIMIT_MS);
        const answer = await fetch(`${clientUrl}/v1/cluster`, { signal });
        return [membershipSchema.parse(await answer.json())];
      } catch {
        return [];
      }
    }),
  );
  return answers.flat();
}

/** Given at any member, whoever leads. */
export async function give({ cluster, random }: FaultContext, order: Order): Promise<Ordered> {
  const { body, method, path } = order;
  const { clientUrl } = random.pick(cluster.members());
  try {
    const answer = await fetch(`${clientUrl}/v1/cluster/${path}`, {
      method,
      signal: AbortSignal.timeout(ORDER_LIMIT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_TYPE }),
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** For the body of an order. */
export function addressOf({ id, plan }: TortureReplica): object {
  const { clientUrl, peerUrl } = plan;
  return { id, peerUrl, clientUrl };
}

export function isVoter(membership: Membership, id: number): boolean {
  return membership.members.some((member) => member.id === id && member.role === 'voter');
}

export function isNamed(membership: Membership, id: number): boolean {
  return membership.members.some((member) => member.id === id);
}
