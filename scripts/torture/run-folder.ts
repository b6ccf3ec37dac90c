/** The folder of one run; run-record.ts says what is in it. */
import { createWriteStream, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { FaultMark, Sample, Verdict } from './run-record.ts';

export const RUNS = 'runs';

export class RunFolder {
  /** Absolute. */
  readonly path: string;
  readonly #faults: JsonLines;
  readonly #samples: JsonLines;

  constructor(name: string, startedAt: Date) {
    const time = startedAt.toISOString().replaceAll(/[:.]/g, '-');
    this.path = resolve(RUNS, name, time);
    mkdirSync(join(this.path, 'history'), { recursive: true });
    this.#faults = new JsonLines(join(this.path, 'faults.jsonl'));
    this.#samples = new JsonLines(join(this.path, 'samples.jsonl'));
  }

  get dataFolder(): string {
    return join(this.path, 'data');
  }

  historyFile(workload: string): string {
    return join(this.path, 'history', `${workload}.jsonl`);
  }

  addFault(mark: FaultMark): void {
    this.#faults.add(mark);
  }

  addSample(sample: Sample): void {
    this.#samples.add(sample);
  }

  writeVerdict(verdict: Verdict): void {
    writeFileSync(join(this.path, 'verdict.json'), `${JSON.stringify(verdict, null, 2)}\n`);
  }

  writeReport(html: string): void {
    writeFileSync(join(this.path, 'report.html'), html);
  }

  /** What the replicas had on their disks. */
  deleteData(): void {
    rmSync(this.dataFolder, { recursive: true, force: true });
  }

  /** Resolves when all lines are in the files. `runs/latest` points here from then on. */
  async close(): Promise<void> {
    await Promise.all([this.#faults.close(), this.#samples.close()]);
    const link = resolve(RUNS, 'latest');
    rmSync(link, { force: true });
    symlinkSync(relative(resolve(RUNS), this.path), link);
  }
}

class JsonLines {
  readonly #file;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  add(value: object): void {
    this.#file.write(`${JSON.stringify(value)}\n`);
  }

  close(): Promise<void> {
    return new Promise((done) => this.#file.end(done));
  }
}
