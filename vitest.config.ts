import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'out/**', 'dist/**'],
    pool: 'forks',
    testTimeout: 20_000,
    passWithNoTests: false,
    reporters:
      process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'out/ci/test.json' }]],
  },
})
