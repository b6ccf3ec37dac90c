/** Operations by column: what half a million of them need to be drawn many times a second. */
import { COLUMNS, ENDINGS, type ColumnName, type Header } from './payload.ts';

export type Columns = Readonly<Record<ColumnName, Float64Array>>;

const LENGTH_BYTES = 4;

export interface Opened {
  readonly header: Header;
  /** `begin` counts from the start of the run here. */
  readonly columns: Columns;
}

export function openPayload(bytes: Uint8Array): Opened {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = LENGTH_BYTES + view.getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, headerEnd));
  const header: Header = JSON.parse(text);
  let at = headerEnd;
  const read = (name: ColumnName): Float64Array => {
    const length = header.columnBytes[COLUMNS.indexOf(name)] ?? 0;
    const column = readVarints(bytes.subarray(at, at + length), header.count);
    at += length;
    return column;
  };
  const columns = readAll(read);
  addUp(columns.begin);
  return { header, columns };
}

/** Named one by one, so that the compiler sees that none is missing; the order is that of `COLUMNS`. */
function readAll(read: (name: ColumnName) => Float64Array): Columns {
  return {
    begin: read('begin'),
    duration: read('duration'),
    ending: read('ending'),
    row: read('row'),
    f: read('f'),
    key: read('key'),
    asked: read('asked'),
    got: read('got'),
    error: read('error'),
    replica: read('replica'),
  };
}

/** Seven bits a byte, the lowest first; by multiplication, as a time may need more than 32 bits. */
function readVarints(bytes: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(count);
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = at < bytes.length ? (bytes[at] ?? 0) : 0;
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    values[index] = value;
  }
  return values;
}

function addUp(deltas: Float64Array): void {
  let sum = 0;
  for (let index = 0; index < deltas.length; index += 1) {
    sum += deltas[index] ?? 0;
    deltas[index] = sum;
  }
}

export function endingOf(columns: Columns, operation: number): (typeof ENDINGS)[number] {
  return ENDINGS[columns.ending[operation] ?? 0] ?? 'ok';
}
