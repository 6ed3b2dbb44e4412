import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', './scripts/count-reporter.mjs'],
    // Two cores: the whole-system tests start several processes each, so files run at most two at a time.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The default of 1 s is less than a busy machine needs for a page.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'scripts/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{long,timed}.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      // What would take the suite over ten minutes on two cores: `npm run test:long`.
      { extends: true, test: { name: 'long', include: ['test/**/*.long.test.ts'], testTimeout: 300_000, hookTimeout: 120_000 } },
      // Their budgets are for a machine of two cores, not for what another test leaves of it: alone, after the others.
      {
        extends: true,
        test: {
          name: 'timed',
          include: ['test/**/*.timed.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
