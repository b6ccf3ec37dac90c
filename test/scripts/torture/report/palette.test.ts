/** Everything can be read in both themes, and told apart without colours. */
import { describe, expect, it } from 'vitest';
import {
  customProperties,
  DASHES,
  PALETTES,
  SERIES,
} from '../../../../scripts/torture/report/page/palette.ts';

/** WCAG 2: 4.5 for text, 3 for what is drawn. */
const TEXT = 4.5;
const DRAWN = 3;

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const palette = PALETTES[theme];

  it.each(['text', 'muted', 'accent', 'passed', 'finding', 'doubtful'] as const)(
    '%s can be read',
    (name) => {
      expect(contrast(palette[name], palette.card)).toBeGreaterThan(TEXT);
      expect(contrast(palette[name], palette.page)).toBeGreaterThan(TEXT);
    },
  );

  it.each(['passed', 'finding', 'accent', 'muted', 'faultBar'] as const)(
    'letters on %s can be read',
    (name) => expect(contrast(palette.onColour, palette[name])).toBeGreaterThan(TEXT),
  );

  it.each(['ok', 'failed', 'unknown', 'finding', 'faultBar'] as const)('%s is seen', (name) =>
    expect(contrast(palette[name], palette.card)).toBeGreaterThan(DRAWN),
  );

  it('each series is seen, and has a dash of its own', () => {
    for (const colour of SERIES[theme]) {
      expect(contrast(colour, palette.card)).toBeGreaterThan(DRAWN);
    }
    expect(new Set(DASHES.map(String)).size).toBe(SERIES[theme].length);
  });
});

it('the style sheet has every colour, for both themes', () => {
  const text = customProperties();
  expect(text).toContain(`--ok: light-dark(${PALETTES.light.ok}, ${PALETTES.dark.ok});`);
  expect(text.split('\n')).toHaveLength(Object.keys(PALETTES.light).length + SERIES.light.length);
});
