/** What has a name in `/openapi.json`: the schemas, the header fields, and parameters that are headers. */
import { z } from 'zod';
import {
  Count,
  Cut,
  DeleteAnswer,
  DeleteDone,
  HistoryPage,
  ListAnswer,
  ListLine,
  ListPage,
  PutAnswer,
  PutDone,
  TransactionAnswer,
  TransactionDone,
} from '../schemas/answers.ts';
import { ChangeReport, Cluster, LeaderTransferred, LogEntry, LogPage } from '../schemas/cluster.ts';
import { Item, KeyName, WatchEvent } from '../schemas/item.ts';
import {
  AddMember,
  MoveMember,
  ReplaceMember,
  SetQuorums,
  TransferLeadership,
} from '../schemas/orders.ts';
import { Happening } from '../schemas/happenings.ts';
import {
  AcquireLock,
  GrantLease,
  Lease,
  LeasePage,
  LeaseRenewed,
  LeaseRevoked,
  Lock,
  LockAcquired,
  LockReleased,
  LockRenewed,
} from '../schemas/leases.ts';
import { Trace } from '../schemas/trace.ts';
import { Limits, Live, OpenApi, Problem, Ready } from '../schemas/server.ts';
import { Action, Guard, Transaction } from '../schemas/transaction.ts';
import { ANSWER_FIELDS, type AnswerField, REQUEST_FIELDS } from './header-fields.ts';
import type { HeaderJson, Json, ParameterJson, RefJson } from './shapes.ts';

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  AcquireLock,
  Action,
  AddMember,
  ChangeReport,
  Cluster,
  Count,
  Cut,
  DeleteAnswer,
  DeleteDone,
  GrantLease,
  Guard,
  Happening,
  HistoryPage,
  Item,
  KeyName,
  LeaderTransferred,
  Lease,
  LeasePage,
  LeaseRenewed,
  LeaseRevoked,
  Limits,
  ListAnswer,
  ListLine,
  ListPage,
  Live,
  Lock,
  LockAcquired,
  LockReleased,
  LockRenewed,
  LogEntry,
  LogPage,
  MoveMember,
  OpenApi,
  Problem,
  PutAnswer,
  PutDone,
  Ready,
  ReplaceMember,
  SetQuorums,
  Trace,
  Transaction,
  TransactionAnswer,
  TransactionDone,
  TransferLeadership,
  WatchEvent,
};

const NAMES: ReadonlyMap<z.ZodType, string> = new Map(
  Object.entries(SCHEMAS).map(([name, schema]) => [schema, name]),
);

/** Objects of answers stay open for members to come; those of requests are closed by themselves. */
function jsonSchemas(): Readonly<Record<string, Json>> {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of NAMES) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: schemaUri, io: 'input' });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutIds(schema)]),
  );
}

function schemaUri(name: string): string {
  return `#/components/schemas/${name}`;
}

function withoutIds({ $id: _id, $schema: _dialect, ...schema }: Json): Json {
  return schema;
}

/** Throws where the schema has no name. */
export function refOf(schema: z.ZodType): RefJson {
  const name = NAMES.get(schema);
  if (name === undefined) throw new Error('a schema of the API has no name');
  return { $ref: schemaUri(name) };
}

/** One that every answer has which may have it is told from one that only some have. */
function headers(): Readonly<Record<string, HeaderJson>> {
  return Object.fromEntries(
    Object.entries(ANSWER_FIELDS).flatMap(([name, { about: description, schema }]) => [
      [name, { description, required: true, schema }],
      [`Optional-${name}`, { description, required: false, schema }],
    ]),
  );
}

export function headerRef(name: AnswerField, isRequired: boolean): RefJson {
  return { $ref: `#/components/headers/${isRequired ? name : `Optional-${name}`}` };
}

function headerParameters(): Readonly<Record<string, ParameterJson>> {
  return Object.fromEntries(
    Object.entries(REQUEST_FIELDS).map(([name, { about: description, schema }]) => [
      name,
      { name, in: 'header', required: false, description, schema },
    ]),
  );
}

export const COMPONENTS = {
  schemas: jsonSchemas(),
  headers: headers(),
  parameters: headerParameters(),
} as const;
