import { defineConfig } from 'vitest/config';

const common = {
  exclude: ['test/data/**', 'node_modules/**', 'dist/**'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
  // A worker keeps what it loaded: to load all anew for each file cost half of the time of the rooms.
  // So no module may remember what one file did; what a file must do once is a setup file.
  isolate: false,
};

/**
 * `rooms` is quick, and so is `http`, which watches what is answered; `simulation` runs worlds by
 * seed; `processes` starts real replicas.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'rooms',
          include: ['test/**/*.test.ts'],
          exclude: [...common.exclude, 'test/http/**', 'test/processes/**', 'test/simulation/**'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'http',
          include: ['test/http/**/*.test.ts'],
          setupFiles: ['test/http/openapi/watch-answers.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...common,
          name: 'processes',
          include: ['test/processes/**/*.test.ts'],
          globalSetup: ['test/processes/build.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
