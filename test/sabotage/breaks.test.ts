import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rotten } from './break.ts'
import { breaks } from './breaks/all.ts'
import { ciSum, generated, layers, lint, suite, tests, types } from './check.ts'
import { failuresOf } from './run-check.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('breaks', () => {
  it('have names of their own', () => {
    expect(new Set(breaks.map(b => b.name)).size).toBe(breaks.length)
    for (const { name, about } of breaks) {
      expect(name).toMatch(/^[a-z0-9-]+$/)
      expect(about.length).toBeGreaterThan(20)
    }
  })

  it.each(breaks.map(b => [b.name, b] as const))('%s still applies, and its check is there', (_name, b) => {
    expect(rotten(b, readFileSync(join(ROOT, b.file), 'utf8'))).toBe('')
    for (const file of b.caughtBy.tests ?? []) expect(existsSync(join(ROOT, file))).toBe(true)
  })

  it('are rotten when their text is gone, is there twice, or stays', () => {
    const b = { ...breaks[0], file: 'a.ts', find: 'x = 1', replace: 'x = 2' } as (typeof breaks)[number]
    expect(rotten(b, 'x = 1')).toBe('')
    expect(rotten(b, 'y = 1')).toContain('0 times')
    expect(rotten(b, 'x = 1\nx = 1')).toContain('2 times')
    expect(rotten({ ...b, replace: 'x = 1' }, 'x = 1')).not.toBe('')
  })
})

describe('verdicts', () => {
  it.each([
    [
      'of tests: their names, each once',
      tests('a.test.ts'),
      ' ✓ a.test.ts > one\n FAIL  a.test.ts > two > three\nAssertionError: one\n FAIL  a.test.ts > two > three\n',
      ['a.test.ts > two > three'],
    ],
    [
      'of suites: failed rows',
      suite('conformance', 'sip'),
      '  ✓ good   ok\n  ✗ bad   3 ms (aim 2)\n',
      ['bad   3 ms (aim 2)'],
    ],
    ['of types', types, 'a.ts(1,2): error TS2307: no\n  more\n', ['a.ts(1,2): error TS2307: no']],
    ['of layers', layers, 'error no-cycles: a → b\nlayers: 2 modules\n', ['no-cycles: a → b']],
    [
      'of lint',
      lint,
      "a.ts:1:2: 'x' is no. [Error/eslint(no-x)]\n\n1 problem\n",
      ["a.ts:1:2: 'x' is no. [Error/eslint(no-x)]"],
    ],
    ['of generated files', generated, 'docs/a.md is not what it should be\n', ['docs/a.md is not what it should be']],
    ['of the sum of CI', ciSum('a.test.ts'), '3 passed, 0 failed\n3 passed, 10 failed\n', ['3 passed, 10 failed']],
  ])('%s', (_name, check, output, failures) => {
    expect(failuresOf(check, output)).toEqual(failures)
  })
})
