/** Items and logged commands as JSON. */
import { isUtf8 } from 'node:buffer';
import { jsonBytesMember, jsonKeyMember, jsonOfUtf8 } from './byte-string.ts';
import { jsonLifetimeMembers, type TtlOf } from './lifetime.ts';
import { jsonLeaseOperation, jsonWish } from './logged-lease.ts';
import type { LogEntry } from '../replica/api.ts';
import { decodeBatch } from '../kv/batch.ts';
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { isLeaseOperation } from '../kv/lease-codec.ts';
import { decodeCommand } from '../kv/command-codec.ts';
import type { Once } from '../kv/once.ts';
import type { Condition, Operation } from '../kv/operation.ts';
import type { Action, Guard, Transaction } from '../kv/transaction.ts';
import { unreachable } from '../kv/unreachable.ts';

export function jsonItem(key: Key, item: Item, ttl: TtlOf): string {
  return (
    `{${jsonKeyMember(key)},${jsonValueMembers(item.value)},` +
    `"contentType":${jsonText(item.contentType)},"createRevision":${item.createRevision},` +
    `"revision":${item.revision},"version":${item.version}${jsonLifetimeMembers(item, ttl)}}`
  );
}

/** `,"prev":...`, or nothing where it was not asked for. */
export function jsonPrevMember(key: Key, prev: Item | null | undefined, ttl: TtlOf): string {
  if (prev === undefined) return '';
  return `,"prev":${prev === null ? 'null' : jsonItem(key, prev, ttl)}`;
}

function jsonValueMembers(value: Uint8Array): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (isUtf8(bytes)) return `"value":${JSON.stringify(bytes.toString('utf8'))},"encoding":"utf8"`;
  return `"value":"${bytes.toString('base64')}","encoding":"base64"`;
}

/** Header text: one byte a character. */
function jsonText(text: string): string {
  return JSON.stringify(text);
}

export function jsonLogEntry(entry: LogEntry): string {
  const { round, leader } = entry.ballot;
  return (
    `{"slot":${entry.slot},"epoch":${entry.epoch},` +
    `"ballot":{"round":${round},"leader":${leader}},"state":"${entry.state}",` +
    `"command":${jsonCommand(entry)},"acceptedBy":[${entry.acceptedBy.join(',')}]}`
  );
}

function jsonCommand({ command }: LogEntry): string {
  switch (command.type) {
    case 'noop': {
      const { round, leader } = command.ballot;
      return (
        `{"type":"noop","timeMs":${command.timeMs},` +
        `"ballot":{"round":${round},"leader":${leader}},"commands":[]}`
      );
    }
    case 'stop': {
      const { timeMs, membership } = command;
      return `{"type":"stop","timeMs":${timeMs},"membership":${JSON.stringify(membership)},"commands":[]}`;
    }
    case 'batch': {
      const commands = decodeBatch(command.bytes).map((bytes) => {
        const { id, once, operation } = decodeCommand(bytes);
        return `{"id":"${id}",${jsonOperationMembers(operation)}${jsonOnce(once)}}`;
      });
      return `{"type":"batch","timeMs":${command.timeMs},"commands":[${commands.join(',')}]}`;
    }
    default:
      return unreachable(command);
  }
}

function jsonOperationMembers(operation: Operation): string {
  if (isLeaseOperation(operation)) return jsonLeaseOperation(operation);
  switch (operation.type) {
    case 'put':
      return (
        `"op":"put",${jsonKeyMember(operation.key)},${jsonValueMembers(operation.value)},` +
        `"contentType":${jsonText(operation.contentType)}${jsonWish(operation.lifetime)}` +
        jsonCondition(operation.condition) +
        jsonWantsPrev(operation)
      );
    case 'delete':
      return (
        `"op":"delete",${jsonKeyMember(operation.key)}${jsonCondition(operation.condition)}` +
        jsonWantsPrev(operation)
      );
    case 'deleteRange':
      return `"op":"deletePrefix","prefix":${jsonOfUtf8(operation.prefix)}`;
    case 'increment':
      return (
        `"op":"incr",${jsonKeyMember(operation.key)},"incr":${operation.by}` +
        jsonCondition(operation.condition)
      );
    case 'transaction':
      return jsonTransaction(operation);
    default:
      return unreachable(operation);
  }
}

function jsonTransaction({ guards, otherwise, whenMet }: Transaction): string {
  const last = otherwise === undefined ? '' : `,"else":[${jsonActions(otherwise)}]`;
  return `"op":"txn","if":[${guards.map(jsonGuard).join(',')}],"then":[${jsonActions(whenMet)}]${last}`;
}

function jsonActions(actions: readonly Action[]): string {
  return actions.map(jsonAction).join(',');
}

function jsonGuard(guard: Guard): string {
  const key = jsonKeyMember(guard.key);
  if (guard.type === 'exists') return `{${key},"exists":${guard.operand}}`;
  const operand =
    guard.type === 'value' ? jsonValueMembers(guard.operand) : `"${guard.type}":${guard.operand}`;
  return `{${key},${operand},"op":"${guard.comparison}"}`;
}

function jsonAction(action: Action): string {
  switch (action.type) {
    case 'put':
      return (
        `{"op":"put",${jsonKeyMember(action.key)},${jsonValueMembers(action.value)},` +
        `"contentType":${jsonText(action.contentType)}${jsonWish(action.lifetime)}}`
      );
    case 'delete':
    case 'get':
      return `{"op":"${action.type}",${jsonKeyMember(action.key)}}`;
    case 'deletePrefix':
      return `{"op":"deletePrefix",${jsonBytesMember('prefix', action.prefix)}}`;
    case 'list': {
      const { end, keysOnly, limit, start } = action;
      const bound = end === undefined ? '' : `,${jsonBytesMember('end', end)}`;
      return (
        `{"op":"list",${jsonBytesMember('start', start)}${bound},"limit":${limit},` +
        `"keys":${keysOnly}}`
      );
    }
    case 'increment':
      return `{"op":"incr",${jsonKeyMember(action.key)},"incr":${action.by}}`;
    default:
      return unreachable(action);
  }
}

function jsonWantsPrev({ prev }: { readonly prev: boolean }): string {
  return prev ? ',"prev":true' : '';
}

/** Visible ASCII, of which a quotation mark and a backslash need an escape. */
function jsonOnce(once: Once | undefined): string {
  return once === undefined ? '' : `,"idempotencyKey":${JSON.stringify(once.key)}`;
}

function jsonCondition(condition: Condition | undefined): string {
  return condition === undefined ? '' : `,"condition":${JSON.stringify(condition)}`;
}
