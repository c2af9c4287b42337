/** The health script that docs/gitops.md gives to Argo CD, run by Lua 5.1, whose language Argo CD's own interpreter speaks. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const SCRIPT = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'gitops', 'argo-cd-health.lua'), 'utf8')

/** A JSON value as Lua writes it. */
function lua(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(lua).join(', ')}}`
  if (typeof value !== 'object' || value === null) return value === null ? 'nil' : JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `[${JSON.stringify(key)}] = ${lua(member)}`)
    .join(', ')}}`
}

function healthOf(object: object): string {
  // As Argo CD has it: no library but the basic ones, `obj` global, a table returned.
  const program = `obj = ${lua(object)}\nlocal function health()\n${SCRIPT}\nend\nlocal is = health()\nio.write(is.status, ": ", is.message)`
  return execFileSync('lua5.1', ['-'], { input: program, encoding: 'utf8' })
}

const condition = (type: string, status: string, message = `${type} ${status}`): object => ({
  type,
  status,
  message,
  reason: 'Any',
})
const agent = (...conditions: readonly object[]): object => ({
  metadata: { name: 'reception', generation: 3 },
  status: { observedGeneration: 3, conditions },
})
const QUIET = [condition('Reconciling', 'False'), condition('Stalled', 'False')]

it.each<[string, object, string]>([
  ['serves', agent(condition('Ready', 'True'), ...QUIET), 'Healthy: Ready True'],
  [
    'serves, and a new revision is coming',
    agent(condition('Ready', 'True'), condition('Reconciling', 'True'), condition('Stalled', 'False')),
    'Progressing: Reconciling True',
  ],
  [
    'serves, and its newest spec cannot be',
    agent(condition('Ready', 'True'), condition('Reconciling', 'False'), condition('Stalled', 'True', 'say "why"')),
    'Degraded: say "why"',
  ],
  ['nobody answers', agent(condition('Ready', 'False'), ...QUIET), 'Degraded: Ready False'],
  ['has no conditions', agent(), 'Progressing: no condition is known yet'],
  [
    'was changed a moment ago',
    { metadata: { generation: 4 }, status: { observedGeneration: 3, conditions: [condition('Ready', 'True')] } },
    'Progressing: the operator has not looked at this yet',
  ],
  ['is new', { metadata: { generation: 1 } }, 'Progressing: the operator has not looked at this yet'],
  [
    'goes',
    { ...agent(condition('Ready', 'True')), metadata: { generation: 3, deletionTimestamp: '2026-11-27T09:00:00Z' } },
    'Progressing: pods wait for their last call',
  ],
])('an agent that %s', (_, object, health) => {
  expect(healthOf(object)).toBe(health)
})
