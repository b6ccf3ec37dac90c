/** Items and logged commands as JSON. */
import { isUtf8 } from 'node:buffer';
import { jsonKeyMember, jsonOfUtf8 } from './byte-string.ts';
import type { LogEntry } from '../replica/api.ts';
import { decodeBatch } from '../kv/batch.ts';
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { decodeCommand, type Condition, type Operation } from '../kv/operation.ts';
import { unreachable } from '../kv/unreachable.ts';

export function jsonItem(key: Key, item: Item): string {
  return (
    `{${jsonKeyMember(key)},${jsonValueMembers(item.value)},` +
    `"contentType":${jsonText(item.contentType)},"createRevision":${item.createRevision},` +
    `"revision":${item.revision},"version":${item.version}}`
  );
}

/** `,"prev":...`, or nothing where it was not asked for. */
export function jsonPrevMember(key: Key, prev: Item | null | undefined): string {
  if (prev === undefined) return '';
  return `,"prev":${prev === null ? 'null' : jsonItem(key, prev)}`;
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
        const { id, operation } = decodeCommand(bytes);
        return `{"id":"${id}",${jsonOperationMembers(operation)}}`;
      });
      return `{"type":"batch","timeMs":${command.timeMs},"commands":[${commands.join(',')}]}`;
    }
    default:
      return unreachable(command);
  }
}

function jsonOperationMembers(operation: Operation): string {
  switch (operation.type) {
    case 'put':
      return (
        `"op":"put",${jsonKeyMember(operation.key)},${jsonValueMembers(operation.value)},` +
        `"contentType":${jsonText(operation.contentType)}${jsonCondition(operation.condition)}`
      );
    case 'delete':
      return `"op":"delete",${jsonKeyMember(operation.key)}${jsonCondition(operation.condition)}`;
    case 'deleteRange':
      return `"op":"deletePrefix","prefix":${jsonOfUtf8(operation.prefix)}`;
    default:
      return unreachable(operation);
  }
}

function jsonCondition(condition: Condition | undefined): string {
  return condition === undefined ? '' : `,"condition":${JSON.stringify(condition)}`;
}
