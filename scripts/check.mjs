/**
 * `npm run check`: types, lint, format, and the tests of all rooms. `npm test`: those, and then
 * the tests with real processes. Plain JavaScript, so that it runs before anything is built.
 *
 * Its last line is `N passed, N failed`, counted from vitest's own reports; each of the other
 * steps counts as one. A run that wrote no report counts as one that failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const all = process.argv.includes('--all');
const reports = mkdtempSync(path.join(tmpdir(), 'synod-check-'));
/** @type {{ passed: number, failed: number, skipped: string[] }} */
const total = { passed: 0, failed: 0, skipped: [] };

countStep('types', 'tsc', ['--noEmit']);
countStep('types of the page', 'tsc', ['--noEmit', '-p', 'scripts/torture/report/page']);
countStep('lint', 'oxlint', ['--type-aware', '--quiet']);
countStep('format', 'oxfmt', ['--check']);
countTests('rooms', 'http');
if (all) {
  countTests('simulation');
  countTests('processes');
}

rmSync(reports, { recursive: true, force: true });
for (const name of total.skipped) console.log(`SKIPPED: ${name}`);
if (total.skipped.length > 0) console.log(`${total.skipped.length} skipped, see above`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

function run(name, command, args) {
  const started = Date.now();
  console.log(`--- ${name}: ${command} ${args.join(' ')}`);
  const { status } = spawnSync(path.join('node_modules', '.bin', command), args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`--- ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds} s`);
  return status === 0;
}

function countStep(name, command, args) {
  if (run(name, command, args)) total.passed += 1;
  else total.failed += 1;
}

function countTests(...projects) {
  const name = projects.join(' and ');
  const file = path.join(reports, `${projects.join('-')}.json`);
  const ok = run(`tests of ${name}`, 'vitest', [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const counted = readReport(file);
  total.passed += counted.passed;
  total.failed += counted.failed;
  total.skipped.push(...counted.skipped);
  // A file that cannot be loaded, or an error outside of any test, fails the run and no test.
  if (!ok && counted.failed === 0) total.failed += 1;
}

function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const tests = report.testResults.flatMap((result) => result.assertionResults);
    const skipped = tests.filter(({ status }) => status === 'pending' || status === 'skipped');
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: skipped.map(({ fullName }) => fullName),
    };
  } catch (error) {
    console.log(`no report of the tests: ${error.message}`);
    return { passed: 0, failed: 1, skipped: [] };
  }
}
