import { expect, it } from 'vitest'
import { projectAgent } from '#operator/agents/observed.ts'
import { projectTrunk } from '#operator/trunks/observed-trunk.ts'
import { ClaimsKeeper } from './claims-keeper.ts'

const object = (name: string, spec: object) => ({
  metadata: { namespace: 'acme', name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
})
const agent = (name: string, more: object = {}) =>
  projectAgent(
    object(name, {
      instructions: 'Be kind.',
      model: { provider: 'OpenAI', openAI: { model: 'm' } },
      inbound: [{ name: 'main', trunkRef: { name: 'pbx' }, match: [{ number: '1001' }] }],
      ...more,
    }),
  )
const trunk = (more: object = {}) => {
  const sip = { peers: [{ cidr: '10.0.0.0/8' }] }
  return projectTrunk(
    object('pbx', { carrier: 'Pbx', numbers: [{ range: '1000-1999', namespaces: {} }], sip, ...more }),
  )
}
/** Of a later version. */
const LATER = { laterField: true }

function keeperOf() {
  const keeper = new ClaimsKeeper(() => {})
  const added = <T>(value: T & { readonly name: string }) => ({
    is: 'added' as const,
    entry: { key: `acme/${value.name}`, uid: value.name, value, resourceVersion: '1' },
  })
  return {
    agent: (of: ReturnType<typeof agent>) => keeper.agent(added(of)),
    trunk: (of: ReturnType<typeof trunk>) => keeper.trunk(added(of)),
    of: (name: string) => {
      keeper.book.settle()
      keeper.close()
      return keeper.book.of(`acme/${name}`).map(({ standing }) => standing.is)
    },
  }
}

it('leaves its number to an agent of which it does not understand everything', () => {
  const keeper = keeperOf()
  keeper.trunk(trunk())
  const unread = agent('a', LATER)
  expect(unread).toMatchObject({ spec: null, fault: expect.stringContaining('laterField') })
  keeper.agent(unread)
  keeper.agent(agent('b'))
  expect([keeper.of('a'), keeper.of('b')]).toEqual([['held'], ['claimed']])
})

it('claims nothing for an agent whose numbers it does not understand', () => {
  const keeper = keeperOf()
  keeper.trunk(trunk())
  keeper.agent(agent('a', { ...LATER, inbound: [{ later: true }] }))
  expect(keeper.of('a')).toEqual([])
})

it('takes no number away while a trunk is not understood', () => {
  const keeper = keeperOf()
  keeper.agent(agent('a'))
  keeper.trunk(trunk(LATER))
  expect(keeper.of('a')).toEqual(['open'])
})

it('grants nothing of a trunk that is understood, and not answered on a cluster', () => {
  const keeper = keeperOf()
  keeper.agent(agent('a'))
  const mediaStream = {
    publicURL: 'https://voice.example.com',
    accountSid: `AC${'0'.repeat(32)}`,
    credentialsRef: { name: 'twilio', key: 'authToken' },
  }
  keeper.trunk(
    trunk({
      carrier: 'Twilio',
      ingress: 'MediaStream',
      sip: undefined,
      numbers: [{ number: '+14155550100' }],
      mediaStream,
    }),
  )
  expect(keeper.of('a')).toEqual(['notServed'])
  // without a claim it is remembered too
  expect(keeper.of('b')).toEqual([])
  keeper.agent(agent('b'))
  expect(keeper.of('b')).toEqual(['notServed'])
})
