import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', './scripts/count-reporter.mjs'],
    // Two cores: the whole-system tests start several processes each, so files run at most two at a time.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'scripts/**/*.test.ts'] },
      },
      { extends: true, test: { name: 'system', include: ['test/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 120_000 } },
    ],
  },
})
