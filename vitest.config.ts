import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** A nightly run (`SELVEDGE_NIGHTLY=1`) tries many more generated cases, so each test may take minutes. */
const nightly = Boolean(process.env.SELVEDGE_NIGHTLY);
const cores = availableParallelism();

/** Tests that start the whole product (Miniflare, Chromium): each of them wants a core or two for itself. */
const PLATFORM = ['worker', 'contract', 'conformance', 'e2e'].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...PLATFORM],
          pool: 'threads',
          maxWorkers: cores,
          testTimeout: nightly ? 600_000 : 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'platform',
          include: PLATFORM,
          exclude: ['**/node_modules/**', '**/dist/**'],
          // Processes: a crash of one test file takes no other with it.
          pool: 'forks',
          maxWorkers: Math.max(1, Math.min(2, cores)),
          testTimeout: nightly ? 600_000 : 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
