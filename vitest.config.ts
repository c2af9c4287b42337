import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    // Tests on a real API server have a configuration of their own: test/api/vitest.config.ts.
    exclude: ['node_modules/**', 'out/**', 'dist/**', '**/*.api.test.ts'],
    pool: 'forks',
    testTimeout: 20_000,
    passWithNoTests: false,
    reporters:
      process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'out/ci/test.json' }]],
  },
})
