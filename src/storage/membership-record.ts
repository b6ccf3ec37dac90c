/** A membership record on the disk: one JSON text for one record, whoever built it. */
import { z } from 'zod';
import { type Membership, membershipProblem } from '../paxos/membership.ts';

const hexId = z.string().regex(/^[0-9a-f]{32}$/);
const positive = z.int().positive();

export const membershipSchema = z.strictObject({
  clusterId: hexId,
  epoch: positive,
  members: z.array(
    z.strictObject({
      id: positive,
      incarnation: hexId,
      role: z.enum(['voter', 'nonVoting', 'joining']),
      peerUrl: z.string(),
      clientUrl: z.string(),
      replaces: z.int().positive().exactOptional(),
    }),
  ),
  quorums: z.strictObject({ phase1: positive, phase2: positive }),
});

/** Its fields in the one order in which they are written. */
export function orderedMembership(membership: Membership): Membership {
  const { clusterId, epoch, quorums } = membership;
  const members = membership.members.map((member) => {
    const { id, incarnation, role, peerUrl, clientUrl, replaces } = member;
    const ordered = { id, incarnation, role, peerUrl, clientUrl };
    return replaces === undefined ? ordered : { ...ordered, replaces };
  });
  const { phase1, phase2 } = quorums;
  return { clusterId, epoch, members, quorums: { phase1, phase2 } };
}

export function encodeMembership(membership: Membership): Buffer {
  return Buffer.from(JSON.stringify(orderedMembership(membership)));
}

/** What is wrong with it, in words, where it is none. */
export function decodeMembership(bytes: Buffer): Membership | string {
  const parsed = membershipSchema.safeParse(parseJson(bytes.toString()));
  if (!parsed.success) return z.prettifyError(parsed.error);
  return membershipProblem(parsed.data) ?? parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
