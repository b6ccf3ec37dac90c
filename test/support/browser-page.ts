/** One page of a browser, as a reader has it before them: its size, its pointer, its keys, its theme. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { waitFor } from '../../scripts/bench/wait.ts';
import type { Browser } from './browser.ts';

const WAIT_MS = 30_000;
const CTRL = 2;

export class BrowserPage {
  /** What the page complained of: thrown errors, and what it logged as an error. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;

  private constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.onEvent(({ method, params = {} }) => {
      const isError =
        method === 'Runtime.exceptionThrown' ||
        (method === 'Log.entryAdded' && JSON.stringify(params).includes('"level":"error"')) ||
        (method === 'Runtime.consoleAPICalled' && params['type'] === 'error');
      if (isError) this.complaints.push(JSON.stringify(params));
    });
  }

  static async open(browser: Browser, url: string): Promise<BrowserPage> {
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const attached = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new BrowserPage(browser, z.string().parse(attached['sessionId']));
    for (const domain of ['Page', 'Runtime', 'Log']) await page.send(`${domain}.enable`);
    await page.look({ width: 1280, height: 900, theme: 'light' });
    await page.send('Page.navigate', { url });
    return page;
  }

  send(method: string, params: Readonly<Record<string, unknown>> = {}) {
    return this.#browser.send(method, params, this.#session);
  }

  /** The value of an expression within the page; a promise is waited for. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return z.looseObject({ value: z.unknown().optional() }).parse(result).value;
  }

  /** Until an expression within the page is true. */
  async until(expression: string): Promise<void> {
    await waitFor(async () => ((await this.evaluate(expression)) === true ? true : undefined), {
      what: expression,
      limitMs: WAIT_MS,
      everyMs: 20,
    });
  }

  /** Without motion, so that what was scrolled to is there at once. */
  async look(as: { width: number; height: number; theme: 'light' | 'dark' }): Promise<void> {
    const { width, height, theme } = as;
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send('Emulation.setDeviceMetricsOverride', metrics);
    const features = [
      { name: 'prefers-color-scheme', value: theme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ];
    await this.send('Emulation.setEmulatedMedia', { features });
  }

  async move(x: number, y: number): Promise<void> {
    await this.#mouse('mouseMoved', x, y);
  }

  async click(x: number, y: number): Promise<void> {
    await this.#mouse('mouseMoved', x, y);
    await this.#mouse('mousePressed', x, y);
    await this.#mouse('mouseReleased', x, y);
  }

  /** Pressed at the first place, let go at the second. */
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    await this.#mouse('mouseMoved', ...from);
    await this.#mouse('mousePressed', ...from);
    await this.#mouse('mouseMoved', ...to, true);
    await this.#mouse('mouseReleased', ...to);
  }

  /** With Ctrl held; `deltaY` below 0 is away from the reader. */
  async turnWheel(x: number, y: number, deltaY: number): Promise<void> {
    const turn = { type: 'mouseWheel', x, y, deltaX: 0, deltaY, modifiers: CTRL };
    await this.send('Input.dispatchMouseEvent', turn);
  }

  /** In the middle of the first element of that selector, once it is in sight. */
  async clickOn(selector: string): Promise<void> {
    const { x, y } = await this.#middleOf(selector);
    await this.click(x, y);
  }

  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...text });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }

  /** A PNG of what is in sight. */
  async screenshot(file?: string): Promise<string> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    const picture = z.string().parse(data);
    if (file !== undefined) writeFileSync(file, Buffer.from(picture, 'base64'));
    return picture;
  }

  async #middleOf(selector: string) {
    const found = await this.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: 'center' });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    })()`);
    return z.object({ x: z.number(), y: z.number() }).parse(found);
  }

  #mouse(type: string, x: number, y: number, isDown = type !== 'mouseMoved') {
    const press = isDown ? { button: 'left', clickCount: 1 } : {};
    return this.send('Input.dispatchMouseEvent', { type, x, y, ...press });
  }
}
