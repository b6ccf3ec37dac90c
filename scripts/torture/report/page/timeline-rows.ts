/** Where the rows of the timeline stand. */
import type { Row } from './payload.ts';

export const AXIS_PX = 22;
export const FAULT_LANE_PX = 16;
const HEADING_PX = 22;

export interface PlacedRow extends Row {
  readonly row: number;
  readonly top: number;
}

export interface Heading {
  readonly workload: string;
  readonly top: number;
}

export interface RowLayout {
  readonly rowPx: number;
  readonly rows: readonly PlacedRow[];
  readonly headings: readonly Heading[];
  readonly height: number;
}

export function rowPxFor(count: number): number {
  if (count <= 24) return 18;
  return count <= 60 ? 14 : 10;
}

/** `top`: below the axis and the lanes of faults. */
export function layOut(rows: readonly Row[], top: number): RowLayout {
  const rowPx = rowPxFor(rows.length);
  const headings: Heading[] = [];
  let at = top;
  const placed = rows.map((row, index) => {
    if (row.workload !== rows[index - 1]?.workload) {
      headings.push({ workload: row.workload, top: at });
      at += HEADING_PX;
    }
    const place = { ...row, row: index, top: at };
    at += rowPx;
    return place;
  });
  return { rowPx, rows: placed, headings, height: at + 4 };
}

export function rowAt({ rows, rowPx }: RowLayout, y: number): PlacedRow | undefined {
  return rows.find(({ top }) => y >= top && y < top + rowPx);
}
