/** The report of a run in a real browser, opened from disk as a reader does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { PALETTES } from '../../scripts/torture/report/page/palette.ts';
import { renderReport } from '../../scripts/torture/report/render.ts';
import { sampleRun, STALE_READ } from '../scripts/torture/report/sample-run.ts';
import { BrowserPage } from '../support/browser-page.ts';
import { Browser, findBrowser } from '../support/browser.ts';

const program = findBrowser();
if (program === undefined) console.warn('no Chromium on PATH: the report is not looked at');

const run = sampleRun({ seconds: 60, callsPerSecond: 25, processesPerWorkload: 4 });
const finding = run.verdict.checks.find(({ result }) => result === 'failed')?.findings[0];

async function openReport(): Promise<BrowserPage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'synod-report-'));
  const file = path.join(folder, 'report.html');
  writeFileSync(file, renderReport(run));
  const browser = await Browser.start(program ?? '');
  onTestFinished(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const page = await BrowserPage.open(browser, pathToFileURL(file).href);
  await page.until('document.body?.dataset.ready === "yes"');
  return page;
}

const selectedText = 'document.querySelector("#selected").innerText';
const shownSpan = 'document.querySelector("#span").textContent';

/** What the tooltip tells of a place. */
async function textAt(page: BrowserPage, x: number, y: number): Promise<string> {
  await page.move(x, y);
  return z.string().parse(await page.evaluate('document.querySelector("#tooltip").innerText'));
}

async function timelineBox(page: BrowserPage) {
  const box = await page.evaluate(
    '(({ left, top, width, height }) => ({ left, top, width, height }))(document.querySelector("#timeline").getBoundingClientRect())',
  );
  return z
    .object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() })
    .parse(box);
}

/** The background of the page, and what a chart has drawn, both as the reader sees them. */
async function inkOf(page: BrowserPage) {
  const found = await page.evaluate(`(() => {
    const canvas = document.querySelector('#timeline');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Map();
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] !== 255) continue;
      const colour = '#' + [0, 1, 2].map((part) => data[at + part].toString(16).padStart(2, '0')).join('');
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
    return { page: getComputedStyle(document.body).backgroundColor, colours: [...colours.keys()] };
  })()`);
  return z.object({ page: z.string(), colours: z.array(z.string()) }).parse(found);
}

test.skipIf(program === undefined)('a report tells, leads and shows', async () => {
  const page = await openReport();

  expect(await page.evaluate('document.querySelector("#verdict").innerText')).toMatch(/red/i);
  expect(await page.evaluate('document.querySelector(".first-error").innerText')).toContain(
    STALE_READ,
  );
  expect(await page.evaluate('document.title')).toMatch(/: red$/);
  expect(await page.evaluate('document.images.length')).toBe(0);
  const whole = await page.evaluate(shownSpan);

  // The first error is one click away: its operation is chosen, and the charts show its time.
  await page.clickOn('.findings a.show');
  await page.until('document.querySelector("#selected").dataset.operation !== undefined');
  const told = await page.evaluate(selectedText);
  expect(told).toMatch(/finding/);
  expect(told).toMatch(new RegExp(`Process\\s+${finding?.process} \\(register\\)`));
  await page.until(`${shownSpan} !== ${JSON.stringify(whole)}`);

  // It is in the middle of the timeline now; the pointer upon it tells the same.
  await page.until('document.querySelector("#timeline").getBoundingClientRect().top < innerHeight');
  const { left, top, width, height } = await timelineBox(page);
  const x = left + 62 + (width - 70) / 2;
  const texts: string[] = [];
  for (let y = top + 4; y < top + height; y += 6) texts.push(await textAt(page, x, y));
  const hovered = texts.find((text) => text.includes('a check points to it')) ?? '';
  for (const name of ['Process', 'Call', 'Key', 'Replica asked', 'Begin', 'End', 'Duration']) {
    expect(hovered).toMatch(new RegExp(`^${name}$`, 'm'));
  }

  // Keys: the next operation of the process, the whole run, nothing chosen.
  await page.evaluate('document.querySelector("#timeline").focus()');
  await page.press('n');
  await page.until(`${selectedText} !== ${JSON.stringify(told)}`);
  await page.press('0');
  await page.until(`${shownSpan} === ${JSON.stringify(whole)}`);
  await page.press('Escape');
  await page.until('document.querySelector("#selected").dataset.operation === undefined');

  // The wheel zooms in at the pointer, a drag moves what is seen.
  const place = await timelineBox(page);
  const [middleX, middleY] = [place.left + place.width / 2, place.top + place.height / 2];
  await page.turnWheel(middleX, middleY, -600);
  await page.until(`${shownSpan} !== ${JSON.stringify(whole)}`);
  const zoomed = await page.evaluate(shownSpan);
  await page.drag([middleX, middleY], [middleX + 120, middleY]);
  await page.until(`${shownSpan} !== ${JSON.stringify(zoomed)}`);
  await page.clickOn('[data-move="whole"]');
  await page.until(`${shownSpan} === ${JSON.stringify(whole)}`);

  // A fault leads to its time as well.
  await page.clickOn('.faults a.show');
  await page.until(`${shownSpan} !== ${JSON.stringify(whole)}`);

  expect(page.complaints).toEqual([]);
});

test.skipIf(program === undefined)(
  'a report is dark where the system is, or as chosen',
  async () => {
    const page = await openReport();
    await page.evaluate('document.querySelector("#timeline").scrollIntoView()');
    await page.until('document.querySelector("#timeline").width > 300');
    const light = await inkOf(page);
    expect(light.colours).toContain(PALETTES.light.ok);

    await page.look({ width: 1280, height: 900, theme: 'dark' });
    await page.until(`getComputedStyle(document.body).backgroundColor !== "${light.page}"`);
    await page.evaluate(
      'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
    );
    const dark = await inkOf(page);
    expect(dark.colours).toContain(PALETTES.dark.ok);
    expect(dark.colours).not.toContain(PALETTES.light.ok);

    await page.evaluate(`(() => {
    const theme = document.querySelector('#theme');
    theme.value = 'light';
    theme.dispatchEvent(new Event('change'));
  })()`);
    await page.until(`getComputedStyle(document.body).backgroundColor === "${light.page}"`);

    // On a small screen nothing stands out to the side.
    await page.look({ width: 420, height: 900, theme: 'light' });
    await page.until('document.querySelector("#timeline").clientWidth < 420');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(420);
    expect(page.complaints).toEqual([]);
  },
);
