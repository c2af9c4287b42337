/** Tests of the API on a real API server: `npm run api`. Apart from the others, for they share one server, which needs Go once, and minutes of it. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Of what CI counts: another version of Kubernetes is another run. */
const VERSION = process.env['SWITCHBOARD_KUBERNETES']
const NAME = VERSION === undefined ? 'api' : `api-${VERSION}`

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
    reporters:
      process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: `out/ci/${NAME}.json` }]],
  },
})
