/** The schemas that have a name in `/openapi.json`. */
import type { z } from 'zod';
import {
  Count,
  Cut,
  DeleteDone,
  HistoryPage,
  ListPage,
  PutDone,
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
import { Limits, Live, OpenApi, Problem, Ready } from '../schemas/server.ts';
import { Action, Guard, Transaction } from '../schemas/transaction.ts';

export const NAMED_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Action,
  AddMember,
  ChangeReport,
  Cluster,
  Count,
  Cut,
  DeleteDone,
  Guard,
  HistoryPage,
  Item,
  KeyName,
  LeaderTransferred,
  Limits,
  ListPage,
  Live,
  LogEntry,
  LogPage,
  MoveMember,
  OpenApi,
  Problem,
  PutDone,
  Ready,
  ReplaceMember,
  SetQuorums,
  Transaction,
  TransactionDone,
  TransferLeadership,
  WatchEvent,
};
