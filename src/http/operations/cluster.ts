/** The cluster: who leads, who belongs to it, how many decide. */
import type { Operation } from '../operation.ts';
import type { Parameter } from '../parameters.ts';
import { ChangeReport, Cluster, LeaderTransferred } from '../schemas/cluster.ts';
import {
  AddMember,
  MoveMember,
  ReplaceMember,
  SetQuorums,
  TransferLeadership,
} from '../schemas/orders.ts';
import {
  NOT_DONE,
  OF_ANY,
  OF_JSON,
  OF_LOAD,
  OF_NO_BODY,
  OUTCOME_UNKNOWN,
} from './problem-groups.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const ADDRESS = '"peerUrl":"http://127.0.0.1:7631","clientUrl":"http://127.0.0.1:7630"';

const report = { 'application/json': { type: 'json', schema: ChangeReport } } as const;

/** What all changes of the membership have in common. */
const order = {
  tag: 'Cluster',
  query: {
    dryRun: {
      type: 'flag',
      about: 'Nothing is done; the answer tells who would decide before and after.',
    } satisfies Parameter,
  },
  fields: ['Prefer'],
} as const;

const done = {
  200: { about: 'It is done; with `dryRun`, it would be.', content: report },
} as const;
const begun = {
  ...done,
  202: { about: 'It is begun: the new member has still to catch up.', content: report },
} as const;

const ofOrder = [...OF_ANY, ...NOT_DONE, ...OUTCOME_UNKNOWN, 'membership_refused'] as const;

export const CLUSTER = {
  id: 'cluster',
  tag: 'Cluster',
  summary: 'The cluster',
  about: 'As this replica sees it; it asks nobody.',
  query: {},
  fields: [],
  answers: {
    200: {
      about: 'The cluster.',
      content: { 'application/json': { type: 'json', schema: Cluster } },
    },
  },
  problems: [...OF_ANY, ...OF_NO_BODY, ...OF_LOAD],
  example: {},
} as const satisfies Operation;

export const TRANSFER = {
  id: 'transferLeadership',
  tag: 'Cluster',
  summary: 'Hand leadership over',
  about: 'To the voter that is named, once it has caught up.',
  query: {},
  fields: ['Prefer'],
  body: { type: 'json', schema: TransferLeadership, limit: 'jsonBytes' },
  answers: {
    200: {
      about: 'It leads.',
      content: { 'application/json': { type: 'json', schema: LeaderTransferred } },
    },
  },
  problems: [...OF_ANY, ...OF_JSON, ...NOT_DONE, 'transfer_refused'],
  example: { fields: JSON_TYPE, body: '{"to":2}' },
} as const satisfies Operation;

export const QUORUMS = {
  ...order,
  id: 'setQuorums',
  summary: 'Set the sizes of quorums',
  about: 'How many voters each phase of Paxos needs.',
  body: { type: 'json', schema: SetQuorums, limit: 'jsonBytes' },
  answers: done,
  problems: [...ofOrder, ...OF_JSON],
  example: { query: '?dryRun', fields: JSON_TYPE, body: '{"phase1":2,"phase2":2}' },
} as const satisfies Operation;

export const ADD = {
  ...order,
  id: 'addMember',
  summary: 'Add a member',
  about: 'It follows without a vote until it has caught up, and then gets one by itself.',
  body: { type: 'json', schema: AddMember, limit: 'jsonBytes' },
  answers: begun,
  problems: [...ofOrder, ...OF_JSON],
  example: { query: '?dryRun', fields: JSON_TYPE, body: `{"id":4,${ADDRESS}}` },
} as const satisfies Operation;

export const MOVE = {
  ...order,
  id: 'moveMember',
  summary: 'Tell where a member is',
  about: 'Its new address.',
  body: { type: 'json', schema: MoveMember, limit: 'jsonBytes' },
  answers: done,
  problems: [...ofOrder, ...OF_JSON],
  example: { rest: '3', query: '?dryRun', fields: JSON_TYPE, body: `{${ADDRESS}}` },
} as const satisfies Operation;

export const REMOVE = {
  ...order,
  id: 'removeMember',
  summary: 'Remove a member',
  about: 'It has no vote any more once this is answered.',
  answers: done,
  problems: [...ofOrder, ...OF_NO_BODY],
  example: { rest: '3', query: '?dryRun' },
} as const satisfies Operation;

export const PROMOTE = {
  ...order,
  id: 'promoteMember',
  summary: 'Give a member a vote',
  about: 'One that was added as `nonVoting`.',
  answers: done,
  problems: [...ofOrder, ...OF_NO_BODY],
  example: { rest: '4', query: '?dryRun' },
} as const satisfies Operation;

export const REPLACE = {
  ...order,
  id: 'replaceMember',
  summary: 'Replace a member',
  about: 'The new one follows until it has caught up; then it votes, and the old one leaves.',
  body: { type: 'json', schema: ReplaceMember, limit: 'jsonBytes' },
  answers: begun,
  problems: [...ofOrder, ...OF_JSON],
  example: { rest: '3', query: '?dryRun', fields: JSON_TYPE, body: `{"id":4,${ADDRESS}}` },
} as const satisfies Operation;
