/**
 * Every colour of the report, for both themes: as custom properties for the style sheet, and as they
 * are for what is drawn. No meaning hangs on a colour alone: each ending has a shape of its own too.
 */
export interface Palette {
  readonly page: string;
  readonly card: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly grid: string;
  readonly accent: string;
  readonly passed: string;
  readonly finding: string;
  readonly doubtful: string;
  readonly ok: string;
  readonly failed: string;
  readonly unknown: string;
  /** Shaded across everything that happened during a fault. */
  readonly fault: string;
  readonly faultEdge: string;
  readonly faultBar: string;
  /** Letters on something that is filled with one of the colours above. */
  readonly onColour: string;
  readonly overlay: string;
}

export type Theme = 'light' | 'dark';

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    page: '#f4f5f7',
    card: '#ffffff',
    text: '#1b1f24',
    muted: '#57606a',
    line: '#d0d7de',
    grid: '#e6e9ed',
    accent: '#0b5cad',
    passed: '#18713a',
    finding: '#c21d2b',
    doubtful: '#8a5300',
    ok: '#3a7fc4',
    failed: '#a92c86',
    unknown: '#c05a06',
    fault: 'rgba(158, 118, 20, 0.13)',
    faultEdge: 'rgba(158, 118, 20, 0.45)',
    faultBar: '#8a6410',
    onColour: '#ffffff',
    overlay: 'rgba(11, 92, 173, 0.12)',
  },
  dark: {
    page: '#0d1117',
    card: '#151b23',
    text: '#e6edf3',
    muted: '#9aa7b4',
    line: '#343d48',
    grid: '#222a33',
    accent: '#6cb2ff',
    passed: '#4cc38a',
    finding: '#ff7b72',
    doubtful: '#e0b25a',
    ok: '#5aa2ea',
    failed: '#f07ac8',
    unknown: '#f09a3c',
    fault: 'rgba(240, 200, 110, 0.11)',
    faultEdge: 'rgba(240, 200, 110, 0.40)',
    faultBar: '#d2ab52',
    onColour: '#0d1117',
    overlay: 'rgba(108, 178, 255, 0.16)',
  },
};

/** For what has no meaning of its own: calls by name, replicas by id. Each has a dash too. */
export const SERIES: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#1f6fb5', '#b8500a', '#18713a', '#7b3fe4', '#a92c86', '#7a5a00', '#0e7480', '#5b6470'],
  dark: ['#5aa7f0', '#f09a3c', '#4cc38a', '#b794f6', '#f07ac8', '#d9b44a', '#3fc6d0', '#a8b3bf'],
};

export const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 2],
  [9, 3, 2, 3],
  [12, 4],
  [4, 4],
  [1, 3],
  [9, 2, 2, 2, 2, 2],
];

export function seriesColour(theme: Theme, index: number): string {
  const colours = SERIES[theme];
  return colours[index % colours.length] ?? PALETTES[theme].text;
}

export function seriesDash(index: number): number[] {
  return [...(DASHES[index % DASHES.length] ?? [])];
}

/** `--text: light-dark(#1b1f24, #e6edf3);` and so on. */
export function customProperties(): string {
  const { light, dark } = PALETTES;
  const lines = [
    ...Object.entries(light).map(([name, colour]) => [name, colour, namedColour(dark, name)]),
    ...SERIES.light.map((colour, index) => [
      `series-${index}`,
      colour,
      seriesColour('dark', index),
    ]),
  ];
  return lines.map(([name, day, night]) => `--${name}: light-dark(${day}, ${night});`).join('\n');
}

function namedColour(palette: Palette, name: string): string {
  return new Map(Object.entries(palette)).get(name) ?? palette.text;
}
