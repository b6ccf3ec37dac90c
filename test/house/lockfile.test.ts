/** What `npm ci` needs of package-lock.json, so that a fresh clone installs on every platform. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);
const names = new Set(
  Object.keys(lock.packages).map((file) => file.replace(/^.*node_modules\//, '')),
);

// npm leaves out of the lockfile an optional package that the registry did not have when it was
// written, and then `npm ci` refuses the whole lockfile.
test('has every optional package, for every platform', () => {
  const missing = Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !names.has(name));
  expect(missing).toEqual([]);
});

test('is of this package.json, with a checksum for each package and the name of no registry', () => {
  const root = lock.packages[''];
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(root).toMatchObject({ dependencies, devDependencies });
  for (const [file, { integrity, resolved }] of Object.entries(lock.packages)) {
    if (file === '') continue;
    expect({ file, integrity }).toMatchObject({ integrity: expect.stringMatching(/^sha512-/) });
    expect({ file, resolved }).toEqual({ file, resolved: undefined });
  }
});
