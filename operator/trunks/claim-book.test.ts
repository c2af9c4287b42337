import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideClaims } from '#crds/claims.ts'
import { type Namespace, namespace } from '#crds/core-objects.ts'
import { type SipTrunk, sipTrunk } from '#crds/sip-trunk.ts'
import { type VoiceAgent, voiceAgent } from '#crds/voice-agent.ts'
import type { Claimant } from './claim.ts'
import { ClaimBook } from './claim-book.ts'

const apiVersion = 'switchboard.dev/v1alpha1'

function trunk(numbers: object[], name = 'pbx'): SipTrunk {
  const spec = { carrier: 'Pbx', numbers, sip: { peers: [{ cidr: '10.0.0.0/8' }] } }
  return sipTrunk.parse({ apiVersion, kind: 'SipTrunk', metadata: { name, namespace: 'telephony' }, spec })
}

interface Like {
  readonly namespace: string
  readonly name: string
  readonly createdAt: string
  readonly inbound: object[]
}

const uidOf = ({ namespace: ns, name }: Like): string => `uid-${ns}-${name}`
const agentOf = (like: Like): VoiceAgent =>
  voiceAgent.parse({
    apiVersion,
    kind: 'VoiceAgent',
    metadata: { namespace: like.namespace, name: like.name, creationTimestamp: like.createdAt, uid: uidOf(like) },
    spec: { instructions: 'x', model: { provider: 'OpenAI', openAI: { model: 'm' } }, inbound: like.inbound },
  })
const claimantOf = (like: Like): Claimant => ({ ...like, uid: uidOf(like), inbound: agentOf(like).spec.inbound ?? [] })
const toPbx = (match: object[], name = 'pbx'): object => ({
  name: `at-${name}`,
  trunkRef: { name, namespace: 'telephony' },
  match,
})
const like = (name: string, match: object[], over: Partial<Like> = {}): Like => ({
  namespace: 'acme',
  name,
  createdAt: '2026-01-01T00:00:00Z',
  inbound: [toPbx(match)],
  ...over,
})
const said = (book: ClaimBook, agent: string): string[] =>
  book.of(agent).map(({ standing }) => (standing.is === 'claimed' ? `claimed by ${standing.by}` : standing.is))

const customers = { matchLabels: { customer: 'acme' } }

describe('a claim', () => {
  it('waits for its trunk, its grant and its namespace', () => {
    const book = new ClaimBook()
    book.putAgent(claimantOf(like('a', [{ number: '1001' }])))
    book.settle()
    expect(said(book, 'acme/a')).toEqual(['noTrunk'])
    book.putTrunk(
      trunk([
        { range: '1000-1099', namespaces: customers },
        { number: '2000', namespaces: {} },
      ]),
    )
    expect([...book.settle().agents]).toEqual(['acme/a'])
    expect(said(book, 'acme/a')).toEqual(['notGranted'])
    book.putTrunk(trunk([{ range: '1000-1099', namespaces: customers }]))
    book.settle()
    expect(said(book, 'acme/a')).toEqual(['notShared'])
    book.putNamespace('acme', { customer: 'acme' })
    expect([...book.settle().agents]).toEqual(['acme/a'])
    expect(said(book, 'acme/a')).toEqual(['held'])
    expect(book.counts('telephony/pbx')).toEqual({ claims: 1, conflicts: 0, examples: [] })
    book.removeTrunk('telephony/pbx')
    expect([...book.settle().agents]).toEqual(['acme/a'])
    expect(said(book, 'acme/a')).toEqual(['noTrunk'])
  })

  it('is open while its trunk is there and not understood: nobody gets anything, and nobody has lost it', () => {
    const book = new ClaimBook()
    book.putTrunk(trunk([{ range: '1*', namespaces: {} }]))
    book.putAgent(claimantOf(like('a', [{ number: '1001' }])))
    book.settle()
    expect(said(book, 'acme/a')).toEqual(['held'])
    book.doubtTrunk('telephony/pbx')
    book.putAgent(claimantOf(like('b', [{ number: '1002' }])))
    expect([...book.settle().agents].toSorted()).toEqual(['acme/a', 'acme/b'])
    expect([said(book, 'acme/a'), said(book, 'acme/b')]).toEqual([['open'], ['open']])
    book.putTrunk(trunk([{ range: '1*', namespaces: {} }]))
    book.settle()
    expect([said(book, 'acme/a'), said(book, 'acme/b')]).toEqual([['held'], ['held']])
    book.doubtTrunk('telephony/pbx')
    book.removeTrunk('telephony/pbx')
    book.settle()
    expect(said(book, 'acme/a')).toEqual(['noTrunk'])
  })

  it('passes to the next in age when its agent goes', () => {
    const book = new ClaimBook()
    book.putTrunk(trunk([{ range: '1*', namespaces: {} }]))
    for (const [name, createdAt] of [
      ['young', '2026-03-01T00:00:00Z'],
      ['old', '2026-01-01T00:00:00Z'],
      ['middle', '2026-02-01T00:00:00Z'],
    ] as const)
      book.putAgent(claimantOf(like(name, [{ number: '1001' }], { createdAt })))
    book.settle()
    expect(['old', 'middle', 'young'].map(name => said(book, `acme/${name}`)[0])).toEqual([
      'held',
      'claimed by acme/old',
      'claimed by acme/old',
    ])
    expect(book.counts('telephony/pbx')).toMatchObject({ claims: 1, conflicts: 2 })
    book.removeAgent('acme/old')
    expect([...book.settle().agents].toSorted()).toEqual(['acme/middle', 'acme/old', 'acme/young'])
    expect(said(book, 'acme/middle')).toEqual(['held'])
    expect(said(book, 'acme/young')).toEqual(['claimed by acme/middle'])
  })

  it('alone among ten thousand is decided when it comes, and tells of nobody else', () => {
    const book = new ClaimBook()
    book.putTrunk(trunk([{ range: '+1415*', namespaces: {} }]))
    for (let n = 0; n < 10_000; n++)
      book.putAgent(claimantOf(like(`a${n}`, [{ number: `+1415${String(n).padStart(7, '0')}` }])))
    expect(book.settle().agents.size).toBe(10_000)
    expect(book.counts('telephony/pbx')).toMatchObject({ claims: 10_000, conflicts: 0 })
    book.putAgent(claimantOf(like('late', [{ number: '+14159990000' }])))
    expect(said(book, 'acme/late')).toEqual(['held'])
    expect([...book.settle().agents]).toEqual(['acme/late'])
  })
})

describe('the book', () => {
  const form = fc.oneof(
    fc.constantFrom('10', '11', '12', '13', '20', '21').map(number => ({ number })),
    fc.constantFrom('10-12', '11-13', '10-11', '12-21', '1*', '2*', '*').map(range => ({ range })),
    fc.constantFrom('a', 'b').map(user => ({ user })),
  )
  const labels = fc.constantFrom<Record<string, string>>({}, { customer: 'acme' })
  const grant = fc
    .tuple(form, fc.constantFrom(undefined, {}, customers))
    .map(([one, namespaces]) => ({ ...one, ...(namespaces && { namespaces }) }))
  const agent: fc.Arbitrary<Like> = fc.record({
    namespace: fc.constantFrom('acme', 'umbrella', 'telephony'),
    name: fc.constantFrom('a', 'b', 'c'),
    createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
    inbound: fc
      .tuple(fc.array(form, { minLength: 1, maxLength: 3 }), fc.constantFrom('pbx', 'other'))
      .map(([match, name]) => [toPbx(match, name)]),
  })
  type Op =
    | { put: Like }
    | { drop: string }
    | { trunk: string; grants: object[] | null }
    | { namespace: string; labels: Record<string, string> | null }
  const op: fc.Arbitrary<Op> = fc.oneof(
    { weight: 4, arbitrary: agent.map(put => ({ put })) },
    agent.map(one => ({ drop: `${one.namespace}/${one.name}` })),
    fc.record({
      trunk: fc.constantFrom('pbx', 'other'),
      grants: fc.option(fc.array(grant, { maxLength: 3 }), { freq: 5 }),
    }),
    fc.record({ namespace: fc.constantFrom('acme', 'umbrella'), labels: fc.option(labels) }),
  )

  it('says the same, in whatever order things came, as when all is decided at once', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 25 }), fc.array(fc.nat(24)), (ops, settles) => {
        const book = new ClaimBook()
        const [agents, trunks, spaces] = [
          new Map<string, VoiceAgent>(),
          new Map<string, SipTrunk>(),
          new Map<string, Namespace>(),
        ]
        for (const [i, one] of ops.entries()) {
          if ('put' in one) {
            book.putAgent(claimantOf(one.put))
            agents.set(`${one.put.namespace}/${one.put.name}`, agentOf(one.put))
          } else if ('drop' in one) {
            book.removeAgent(one.drop)
            agents.delete(one.drop)
          } else if ('trunk' in one) {
            if (one.grants === null) book.removeTrunk(`telephony/${one.trunk}`)
            else book.putTrunk(trunk(one.grants, one.trunk))
            if (one.grants === null) trunks.delete(one.trunk)
            else trunks.set(one.trunk, trunk(one.grants, one.trunk))
          } else {
            book.putNamespace(one.namespace, one.labels)
            const metadata = { name: one.namespace, labels: one.labels ?? {} }
            if (one.labels === null) spaces.delete(one.namespace)
            else spaces.set(one.namespace, namespace.parse({ apiVersion: 'v1', kind: 'Namespace', metadata }))
          }
          if (settles.includes(i)) book.settle()
        }
        book.settle()
        const all = decideClaims({
          agents: [...agents.values()],
          trunks: [...trunks.values()],
          namespaces: [...spaces.values()],
        })
        const held = [...all.routes].flatMap(([key, routes]) =>
          routes.map(r => `${key} ${r.agent.metadata.namespace}/${r.agent.metadata.name} ${JSON.stringify(r.span)}`),
        )
        const ours = [...agents.keys()].flatMap(key =>
          book
            .of(key)
            .filter(({ standing }) => standing.is === 'held')
            .map(({ claim }) => `${claim.trunk} ${key} ${JSON.stringify(claim.span)}`),
        )
        expect(ours.toSorted()).toEqual(held.toSorted())
      }),
      { numRuns: 2000 },
    )
  })
})
