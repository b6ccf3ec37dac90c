/** Bodies of requests that change the cluster. */
import { z } from 'zod';
import { isClientUrl, isPeerUrl } from '../../paxos/member-url.ts';
import { closed } from './members.ts';

const MAX_ID = 65_535;
const MAX_QUORUM = 64;

const id = z.int().min(1).max(MAX_ID).describe('the id of a replica');
const quorum = z.int().min(1).max(MAX_QUORUM);

const address = {
  peerUrl: z
    .string()
    .refine(isPeerUrl, 'is where peers reach the replica, such as http://10.0.0.4:7601')
    .meta({ pattern: '^http://', description: 'where peers reach the replica' }),
  clientUrl: z
    .string()
    .refine(isClientUrl, 'is where clients reach it, such as http://10.0.0.4:7600')
    .meta({ pattern: '^https?://', description: 'where clients reach it' }),
};

export const AddMember = closed({
  id,
  ...address,
  role: z
    .enum(['voter', 'nonVoting'], { error: 'is "voter" or "nonVoting"' })
    .optional()
    .describe('`nonVoting`: it stays without a vote; else it gets one once it has caught up'),
}).describe('A new member.');

export const MoveMember = closed(address).describe('The new address of a member.');

export const ReplaceMember = closed({ id, ...address }).describe(
  'The member that takes the place of another. The same id: a new data directory.',
);

export const SetQuorums = closed({ phase1: quorum, phase2: quorum }).describe(
  'How many voters each phase of Paxos needs. Together they are more than there are voters.',
);

export const TransferLeadership = closed({ to: z.int().min(1) }).describe(
  'Who is to lead: the id of a voter.',
);
