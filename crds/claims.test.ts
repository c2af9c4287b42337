import { describe, expect, it } from 'vitest'
import { decideClaims, matchNumber } from './claims.ts'
import { namespace } from './core-objects.ts'
import { selects } from './label-selector.ts'
import { type SipTrunk, sipTrunk } from './sip-trunk.ts'
import { mediaAllowed, peerOf, trunkAccess } from './trunk-access.ts'
import { type VoiceAgent, voiceAgent } from './voice-agent.ts'

const apiVersion = 'switchboard.dev/v1alpha1'
const acme = namespace.parse({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'acme', labels: { customer: 'acme' } },
})

function trunk(numbers: object[], sip: object = {}, name = 'pbx'): SipTrunk {
  const metadata = { name, namespace: 'telephony' }
  const spec = { carrier: 'Pbx', numbers, sip: { peers: [{ cidr: '10.0.0.0/8' }], ...sip } }
  return sipTrunk.parse({ apiVersion, kind: 'SipTrunk', metadata, spec })
}
function agent(
  name: string,
  match: object[],
  over: { namespace?: string; created?: string; trunk?: string } = {},
): VoiceAgent {
  return voiceAgent.parse({
    apiVersion,
    kind: 'VoiceAgent',
    metadata: { name, namespace: over.namespace ?? 'acme', creationTimestamp: over.created ?? null },
    spec: {
      instructions: 'Be kind.',
      model: { provider: 'OpenAI', openAI: { model: 'm' } },
      inbound: [{ name: 'main', trunkRef: { name: over.trunk ?? 'pbx', namespace: 'telephony' }, match }],
    },
  })
}
const customers = { matchLabels: { customer: 'acme' } }
const decide = (trunks: SipTrunk[], agents: VoiceAgent[]) => decideClaims({ trunks, agents, namespaces: [acme] })
const codes = (claims: ReturnType<typeof decide>) => claims.refused.map(r => `${r.agent.metadata.name} ${r.error.code}`)

describe('claims', () => {
  it('hold inside a grant', () => {
    const t = trunk([{ range: '+14155550100-+14155550199', namespaces: customers }])
    const claims = decide([t], [agent('a', [{ number: '+14155550100' }, { range: '+14155550110-+14155550119' }])])
    expect(claims.refused).toEqual([])
    expect(matchNumber(claims, t, '14155550115')?.agent.metadata.name).toBe('a')
    expect(matchNumber(claims, t, '+14155550120')).toBeNull()
  })

  it.each([
    ['no grant at all', []],
    ['another number', [{ number: '+14155550101', namespaces: customers }]],
    ['another namespace', [{ number: '+14155550100', namespaces: { matchLabels: { customer: 'umbrella' } } }]],
    ['only the namespace of the trunk', [{ number: '+14155550100' }]],
  ])('do not hold with %s', (_, numbers) => {
    const claims = decide([trunk(numbers)], [agent('a', [{ number: '+14155550100' }])])
    expect(codes(claims)).toEqual(['a SB_API_NUMBER_NOT_GRANTED'])
    expect(claims.refused[0]?.path).toEqual(['spec', 'inbound', 0, 'match', 0, 'number'])
    expect(claims.routes.get('telephony/pbx')).toEqual([])
  })

  it('do not hold when the grant covers a part', () => {
    const t = trunk([
      { range: '1000-1049', namespaces: {} },
      { range: '1050-1099', namespaces: {} },
    ])
    expect(codes(decide([t], [agent('a', [{ range: '1000-1099' }])]))).toEqual(['a SB_API_NUMBER_NOT_GRANTED'])
  })

  it('without a selector are for the namespace of the trunk', () => {
    const t = trunk([{ number: '1001' }])
    expect(codes(decide([t], [agent('a', [{ number: '1001' }], { namespace: 'telephony' })]))).toEqual([])
  })

  it('with an empty selector are for everyone, and a namespace has its name for a label', () => {
    const byName = { matchLabels: { 'kubernetes.io/metadata.name': 'other' } }
    const t = trunk([
      { number: '1001', namespaces: {} },
      { number: '1002', namespaces: byName },
    ])
    const claims = decide([t], [agent('a', [{ number: '1001' }, { number: '1002' }], { namespace: 'other' })])
    expect(claims.refused).toEqual([])
  })

  it('of the same number go to the oldest agent', () => {
    const t = trunk([{ number: '1001', namespaces: {} }])
    const young = agent('a', [{ number: '1001' }], { created: '2026-02-01T00:00:00Z' })
    const old = agent('b', [{ number: '1001' }], { created: '2026-01-01T00:00:00Z' })
    const claims = decide([t], [young, old])
    expect(codes(claims)).toEqual(['a SB_API_NUMBER_CLAIMED_TWICE'])
    expect(matchNumber(claims, t, '1001')?.agent.metadata.name).toBe('b')
  })

  it('of a narrower span win over a wider one, whoever is older', () => {
    const t = trunk([{ range: '*', namespaces: {} }])
    const claims = decide(
      [t],
      [agent('all', [{ range: '1*' }]), agent('one', [{ number: '1001' }]), agent('tens', [{ range: '1000-1009' }])],
    )
    const who = (n: string) => matchNumber(claims, t, n)?.agent.metadata.name
    expect([who('1001'), who('1002'), who('1999'), who('2000')]).toEqual(['one', 'tens', 'all', undefined])
    expect(claims.refused).toEqual([])
  })

  it('need their trunk', () => {
    expect(codes(decide([], [agent('a', [{ number: '1001' }])]))).toEqual(['a SB_API_TRUNK_MISSING'])
  })

  it('match users as they stand and national numbers by the dial plan', () => {
    const plan = { countryCode: '44', nationalPrefix: '0', internationalPrefix: '00' }
    const t = trunk(
      [
        { range: '+44*', namespaces: {} },
        { user: 'reception', namespaces: {} },
      ],
      { dialPlan: plan },
    )
    const claims = decide([t], [agent('a', [{ number: '+442079460000' }]), agent('b', [{ user: 'reception' }])])
    const who = (n: string) => matchNumber(claims, t, n)?.agent.metadata.name
    expect([who('02079460000'), who('00442079460000'), who('reception'), who('Reception')]).toEqual([
      'a',
      'a',
      'b',
      undefined,
    ])
  })
})

describe('a trunk', () => {
  it('lets in its peers, and takes their media from where it says', () => {
    const media = { peers: [{ cidr: '10.1.0.0/16', media: ['192.0.2.0/24'] }], media: { latch: 'Never' } }
    const [one, two] = [trunk([]), trunk([], media)].map(trunkAccess)
    const [plain, peer] = [one && peerOf(one, '10.1.0.1'), two && peerOf(two, '10.1.0.1')]
    expect([one?.latch, two?.latch]).toEqual([true, false])
    expect(plain && [mediaAllowed(plain, '10.9.9.9'), mediaAllowed(plain, '192.0.2.9')]).toEqual([true, false])
    expect(peer && [mediaAllowed(peer, '192.0.2.9'), mediaAllowed(peer, '10.1.0.1')]).toEqual([true, false])
    expect(two && [peerOf(two, '10.2.0.1'), peerOf(two, 'not an address')]).toEqual([null, null])
  })

  it('knows the networks of carriers by name', () => {
    const preset = trunkAccess(trunk([], { peers: [{ preset: 'Twilio' }] }))
    const twilio = peerOf(preset, '54.172.60.1')
    expect(twilio && mediaAllowed(twilio, '168.86.130.1')).toBe(true)
    expect(peerOf(preset, '168.86.130.1')).toBeNull()
  })
})

it.each([
  [{}, {}, true],
  [{ matchLabels: { a: '1' } }, { a: '1', b: '2' }, true],
  [{ matchLabels: { a: '1' } }, { a: '2' }, false],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2'] }] }, { a: '2' }, true],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['1'] }] }, {}, false],
  [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, {}, true],
  [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, { a: '1' }, false],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, { a: '' }, true],
  [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, { a: '' }, false],
  [{ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {}, false],
] as const)('%j selects %j: %s', (selector, labels, selected) => {
  expect(selects(selector as Parameters<typeof selects>[0], labels as Record<string, string>)).toBe(selected)
})

describe('of two grants', () => {
  const everyone = { range: '+1415*', namespaces: {} }
  const one = { number: '+14155550100', namespaces: customers }
  const [old, young] = [{ namespace: 'umbrella', created: '2026-01-01T00:00:00Z' }, { created: '2026-02-01T00:00:00Z' }]

  it('the narrower decides: nobody takes a number that was granted to another by itself', () => {
    const claims = decide(
      [trunk([everyone, one])],
      [agent('a', [{ number: '+14155550100' }], old), agent('b', [{ number: '+14155550100' }], young)],
    )
    expect(codes(claims)).toEqual(['a SB_API_NUMBER_NOT_GRANTED'])
    expect(claims.routes.get('telephony/pbx')?.map(r => r.agent.metadata.name)).toEqual(['b'])
  })

  it('neither of which is inside the other, the narrower and then the first goes before age', () => {
    const grants = [
      { range: '1000-1099', namespaces: customers },
      { range: '1050-1149', namespaces: {} },
    ]
    const agents = [agent('a', [{ range: '1050-1149' }], old), agent('b', [{ range: '1000-1099' }], young)]
    expect(codes(decide([trunk(grants)], agents))).toEqual(['a SB_API_NUMBER_CLAIMED_TWICE'])
    expect(codes(decide([trunk(grants.toReversed())], agents))).toEqual(['b SB_API_NUMBER_CLAIMED_TWICE'])
  })
})
