/** What an agent costs the API server, counted by the API server itself: no clock, so it holds on any machine. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AGENTS, Stage, TRUNKS } from './stage.ts'

const COUNT = 3
const NAMES = Array.from({ length: COUNT }, (_, i) => `desk-${i}`)

/** Any number that begins with 1 is anybody's. */
const trunk = {
  metadata: { namespace: 'telephony', name: 'many' },
  spec: {
    carrier: 'Pbx',
    numbers: [{ range: '1*', namespaces: {} }],
    sip: { peers: [{ cidr: '127.0.0.0/8' }] },
  },
}
/** Without a credential: whatever answers at its endpoint does not ask for one. */
const agent = (name: string, number: string) => ({
  metadata: { namespace: 'acme', name },
  spec: {
    instructions: 'Be kind.',
    model: { provider: 'OpenAI', openAI: { model: 'm', baseURL: 'http://127.0.0.1:9' } },
    inbound: [{ name: 'main', trunkRef: { namespace: 'telephony', name: 'many' }, match: [{ number }] }],
  },
})

let stage: Stage
beforeAll(async () => {
  stage = await Stage.set(14)
  await stage.apply('-f', 'examples/first-call/namespaces.yaml')
  await stage.client.create(TRUNKS, trunk)
  await stage.operator('one')
})
afterAll(() => stage?.clear())

/** Nobody but the operator asks for these here: the node of the stage binds pods and writes their status, the test makes agents. */
const OURS = [
  /verb="APPLY"/,
  /resource="(voiceagentrevisions|poddisruptionbudgets|events)".*verb="(POST|PUT|DELETE)"/,
  /resource="pods".*subresource="".*verb="(POST|DELETE)"/,
]

/** Requests so far, by what they were. */
async function writes(): Promise<Map<string, number>> {
  const { out } = await stage.server.kubectl(['get', '--raw', '/metrics'])
  const counts = new Map<string, number>()
  for (const line of out.split('\n')) {
    if (!line.startsWith('apiserver_request_total{') || !OURS.some(ours => ours.test(line))) continue
    const of = (label: string): string => new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1] ?? ''
    const what = `${of('verb')} ${of('resource')}/${of('subresource')}`
    counts.set(what, (counts.get(what) ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1)))
  }
  return counts
}

function since(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const more = [...after].map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const)
  return Object.fromEntries(more.filter(([, count]) => count !== 0))
}

/** Waits until nothing was written for a while. */
async function settled(): Promise<Map<string, number>> {
  for (let before = await writes(); ; ) {
    await sleep(3000)
    const after = await writes()
    if (Object.keys(since(before, after)).length === 0) return after
    before = after
  }
}

describe('an agent', () => {
  it('costs few writes and few turns until it is Ready', async () => {
    const before = await settled()
    const turns = stage.turns
    for (const [i, name] of NAMES.entries()) await stage.client.create(AGENTS, agent(name, `100${i}`))
    for (const name of NAMES) await stage.says(name, 'Ready', 'True', 'Serving')
    const said = since(before, await settled())
    // once per namespace and per trunk, however many agents there are
    const shared = /(serviceaccounts|configmaps|networkpolicies|siptrunks)\//
    const own = Object.entries(said).filter(([what]) => !shared.test(what))
    const each = own.reduce((sum, [, count]) => sum + count, 0) / COUNT
    if (each > 10) throw new Error(`${each} writes per agent: ${JSON.stringify(said)}`)
    expect(said).toMatchObject({
      'POST pods/': COUNT,
      'POST voiceagentrevisions/': COUNT,
      'APPLY poddisruptionbudgets/': COUNT,
    })
    // the number of pods is in what is made
    expect(said).not.toHaveProperty(['PUT voiceagentrevisions/scale'])
    expect((stage.turns - turns) / COUNT).toBeLessThanOrEqual(8)
  })

  it('costs nothing when nothing happens', async () => {
    const before = await settled()
    const turns = stage.turns
    await sleep(7000)
    expect(since(before, await writes())).toEqual({})
    // a turn that was due by the clock may come once: it writes nothing
    expect(stage.turns - turns).toBeLessThanOrEqual(COUNT)
  })
})
