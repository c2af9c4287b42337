import { describe, expect, it } from 'vitest'
import type { Client } from '#kube/client/client.ts'
import { CounterWrites } from '#operator/loads/counter-writes.ts'
import type { AgentStatus } from './observed.ts'
import { AGENTS } from './revision-object.ts'
import { StatusWriter } from './status-writer.ts'

const OBJECT = { namespace: 'acme', name: 'desk', uid: 'u' }
const STARTS: AgentStatus = { observedGeneration: 1, revision: 'desk-1', calls: 0, pods: 1, columns: { pods: '0/1' } }
const SERVES: AgentStatus = { ...STARTS, traffic: [{ revision: 'desk-1', percent: 100 }] }

function given() {
  const applied: unknown[] = []
  const at = { now: 0 }
  const client = {
    apply: (_resource, object) => {
      applied.push(object)
      return Promise.resolve(object as never)
    },
  } satisfies Pick<Client, 'apply'>
  const writer = new StatusWriter<AgentStatus>(client, AGENTS, new CounterWrites(), () => at.now)
  /** A turn that finds this; the cache shows nothing of what was written before. */
  const turn = (next: AgentStatus, cached: AgentStatus = {}): Promise<number | null> =>
    writer.write(OBJECT, writer.before(OBJECT, cached), next, new AbortController().signal)
  return { applied, at, turn }
}

describe('a status', () => {
  it('is written once, however many turns find the same, whatever the cache shows', async () => {
    const { applied, at, turn } = given()
    for (at.now = 0; at.now < 5000; at.now += 500) expect(await turn(STARTS)).toBeNull()
    expect(applied).toEqual([{ metadata: OBJECT, status: STARTS }])
  })

  it('is not written when it stands there already, in another order', async () => {
    const { applied, turn } = given()
    const { observedGeneration, ...rest } = SERVES
    expect(await turn(SERVES, { ...rest, observedGeneration })).toBeNull()
    expect(applied).toEqual([])
  })

  it('is written at once when somebody waits for it, and counters at their pace', async () => {
    const { applied, at, turn } = given()
    await turn(STARTS)
    at.now = 10
    await turn(SERVES)
    expect(applied).toHaveLength(2)
    at.now = 20
    expect(await turn({ ...SERVES, calls: 1 })).toBe(5010)
    expect(applied).toHaveLength(2)
    at.now = 5010
    expect(await turn({ ...SERVES, calls: 3 })).toBeNull()
    expect(applied.at(-1)).toEqual({ metadata: OBJECT, status: { ...SERVES, calls: 3 } })
  })
})
