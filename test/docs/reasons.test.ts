/** docs/troubleshooting.md knows every reason that an agent or a trunk may give, and no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Members of a union of texts, as they are written. */
function union(path: string, type: string): string[] {
  const declared =
    new RegExp(`type ${type} =(?<members>(?:\\s*\\| '\\w+')+)`).exec(read(path))?.groups?.['members'] ?? ''
  return [...declared.matchAll(/'(?<word>\w+)'/g)].map(match => match.groups?.['word'] ?? '')
}

/** Texts that are given as a reason, also where one of two is. */
function written(path: string): string[] {
  return [...read(path).matchAll(/\breason(?::| =) (?<what>[^\n]*)/g)].flatMap(match =>
    [...(match.groups?.['what'] ?? '').matchAll(/'(?<word>[A-Z]\w+)'/g)].map(found => found.groups?.['word'] ?? ''),
  )
}

it('explains every reason of a condition, and none that there is not', () => {
  const reasons = [
    union('operator/agents/problem.ts', 'AgentReason'),
    union('operator/fleets/fleet.ts', 'ProblemReason'),
    written('operator/agents/conditions.ts'),
    written('operator/trunks/trunk-status.ts'),
  ]
  // Each place is read, or this would compare nothing with nothing.
  for (const found of reasons) expect(found.length).toBeGreaterThan(3)
  const page = read('docs/troubleshooting.md')
  const explained = [...page.matchAll(/^\| (?<cell>`[A-Z]\w+`[^|]*) \|/gm)].flatMap(match =>
    [...(match.groups?.['cell'] ?? '').matchAll(/`(?<word>[A-Z][a-z]\w+)`/g)].map(
      found => found.groups?.['word'] ?? '',
    ),
  )
  const conditions = new Set(['Ready', 'Reconciling', 'Stalled', 'RollingOut', 'Conflicts'])
  const known = new Set(reasons.flat().filter(reason => !conditions.has(reason)))
  expect([...new Set(explained.filter(reason => !conditions.has(reason)))].toSorted()).toEqual([...known].toSorted())
})
