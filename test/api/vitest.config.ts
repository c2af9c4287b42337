/** Tests of the API on a real API server: `npm run api`. Apart from the others, for they need Go once, and minutes of it. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['**/*.api.test.ts'],
    exclude: ['node_modules/**', 'out/**', 'dist/**'],
    globalSetup: ['test/api/set-up.ts'],
    pool: 'forks',
    // One server serves them all, and the machine that it shares with them may be small.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'out/ci/api.json' }]],
  },
})
