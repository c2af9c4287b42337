import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Operator } from '#operator/run-operator.ts'
import { AGENTS, core, REVISIONS, Stage, TRUNKS } from './stage.ts'

let stage: Stage
let [one, two]: Operator[] = []
beforeAll(async () => {
  stage = await Stage.set(13)
  await stage.apply('-f', 'examples/first-call/namespaces.yaml')
  const numbers = [{ range: '1*', namespaces: {} }]
  const spec = { carrier: 'Pbx', numbers, sip: { peers: [{ cidr: '127.0.0.0/8' }] } }
  const trunk = { metadata: { namespace: 'telephony', name: 'pbx' }, spec }
  await stage.client.create(TRUNKS, trunk)
  ;[one, two] = [await stage.operator('one'), await stage.operator('two')]
  await stage.until('one leads', () => Promise.resolve(one?.leading === true || two?.leading === true))
})
afterAll(() => stage?.clear())

const apply = (n: number): Promise<unknown> => {
  const spec = {
    instructions: 'Be kind.',
    model: { provider: 'OpenAI', openAI: { model: 'm', baseURL: 'http://127.0.0.1:9' } },
    inbound: [{ name: 'main', trunkRef: { name: 'pbx', namespace: 'telephony' }, match: [{ number: `10${n}` }] }],
  }
  const agent = { metadata: { namespace: 'acme', name: `a${n}` }, spec }
  return stage.client.create(AGENTS, agent)
}
const health = async (operator: Operator | undefined, path: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${operator?.httpPort ?? 0}${path}`)).status

describe('two operators', () => {
  it('have one leader, and are both ready', async () => {
    expect([one?.leading, two?.leading].filter(Boolean)).toHaveLength(1)
    for (const operator of [one, two])
      for (const path of ['/healthz', '/readyz', '/metrics']) expect(await health(operator, path)).toBe(200)
    expect(await health(one, '/other')).toBe(404)
    await apply(1)
    await stage.says('a1', 'Ready', 'True')
    expect(await stage.pods('a1')).toHaveLength(1)
  })

  it('hand over in the middle of work: nothing is made twice, nothing is left out', async () => {
    const [leader, other] = one?.leading === true ? [one, two] : [two, one]
    await Promise.all([2, 3, 4].map(apply))
    await leader?.close()
    await stage.until('the other leads', () => Promise.resolve(other?.leading === true))
    for (const n of [1, 2, 3, 4]) await stage.says(`a${n}`, 'Ready', 'True')
    for (const n of [1, 2, 3, 4]) {
      await stage.says(`a${n}`, 'Reconciling', 'False')
      const pods = await stage.pods(`a${n}`)
      expect(pods.filter(pod => pod.metadata.deletionTimestamp === undefined)).toHaveLength(1)
    }
    const { items } = await stage.client.list(REVISIONS, {})
    expect(items.map(item => item.metadata.name).toSorted()).toEqual(['a1-1', 'a2-1', 'a3-1', 'a4-1'])
  })

  it('keep a namespace as workers need it, also against hands', async () => {
    const policies = { ...core('networkpolicies', 'NetworkPolicy'), group: 'networking.k8s.io' }
    const policy = await stage.get(policies, 'acme', 'switchboard-worker')
    await stage.remove(policies, { namespace: 'acme', name: 'switchboard-worker' })
    await stage.until('made again', async () => {
      const again = await stage.get(policies, 'acme', 'switchboard-worker')
      return again.metadata.uid !== policy.metadata.uid
    })
    const again = await stage.get(policies, 'acme', 'switchboard-worker')
    expect(again['spec']).toEqual(policy['spec'])
  })
})
