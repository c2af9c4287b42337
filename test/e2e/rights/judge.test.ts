import { describe, expect, it } from 'vitest'
import type { Asked } from '../audit-log.ts'
import { type Binding, type Role, rightsOf, textOf } from './held.ts'
import { judge, type Reasoned } from './judge.ts'

const ACCOUNT = { namespace: 'system', name: 'operator' }
const ROLES: readonly Role[] = [
  {
    metadata: { name: 'operator' },
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'create'] },
      { apiGroups: ['policy'], resources: ['budgets'], verbs: ['create', 'patch'] },
    ],
  },
  {
    metadata: { name: 'operator', namespace: 'system' },
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['keys'], verbs: ['get'] }],
  },
  { metadata: { name: 'other' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
]
const subject = { kind: 'ServiceAccount', ...ACCOUNT }
const BINDINGS: readonly Binding[] = [
  { metadata: { name: 'a' }, roleRef: { kind: 'ClusterRole', name: 'operator' }, subjects: [subject] },
  { metadata: { name: 'b', namespace: 'system' }, roleRef: { kind: 'Role', name: 'operator' }, subjects: [subject] },
  {
    metadata: { name: 'c' },
    roleRef: { kind: 'ClusterRole', name: 'other' },
    subjects: [{ ...subject, name: 'somebody' }],
  },
]
const HELD = rightsOf(ACCOUNT, ROLES, BINDINGS)

const asked = (verb: string, resource: string, more: Partial<Asked> = {}): Asked => ({
  at: 0,
  user: 'operator',
  verb,
  group: '',
  resource,
  namespace: 'acme',
  name: 'x',
  code: 200,
  forbidden: false,
  ...more,
})
const ALL = [
  asked('get', 'pods'),
  asked('create', 'pods', { code: 201 }),
  asked('patch', 'budgets', { group: 'policy', code: 201 }),
  asked('get', 'secrets', { namespace: 'system', name: 'keys' }),
]
const faultsOf = (requests: readonly Asked[], reasoned: readonly Reasoned[] = [], held = HELD): readonly string[] =>
  judge(held, requests, reasoned, new Set(['get secrets'])).faults

describe('what is held', () => {
  it('is what the roles say that are bound to the account, and nothing of others', () => {
    expect(HELD.map(textOf)).toEqual([
      'get pods everywhere',
      'create pods everywhere',
      'create policy/budgets everywhere',
      'patch policy/budgets everywhere',
      'get secrets keys in system',
    ])
  })

  it('is also what a group of it holds', () => {
    const group = { kind: 'Group', name: 'system:serviceaccounts:system' }
    const binding = { metadata: { name: 'd' }, roleRef: { kind: 'ClusterRole', name: 'other' }, subjects: [group] }
    expect(rightsOf(ACCOUNT, ROLES, [...BINDINGS, binding]).map(textOf)).toContain('* */* everywhere')
  })
})

describe('the judge', () => {
  it('is content when every right is used; an apply that creates uses two', () => {
    expect(faultsOf(ALL)).toEqual([])
  })

  it('finds a right that nothing uses', () => {
    const [first] = HELD
    const more = [...HELD, { ...first, verb: 'deletecollection' } as (typeof HELD)[number]]
    expect(faultsOf(ALL, [], more)).toEqual([
      'deletecollection pods everywhere: held, never used, and no reason is given',
    ])
  })

  it('takes no use in another namespace, or of another name, for one', () => {
    const elsewhere = ALL.map(request => (request.resource === 'secrets' ? { ...request, namespace: 'acme' } : request))
    expect(faultsOf(elsewhere)).toEqual(['get secrets keys in system: held, never used, and no reason is given'])
    const other = ALL.map(request => (request.resource === 'secrets' ? { ...request, name: 'others' } : request))
    expect(faultsOf(other)).toEqual(['get secrets keys in system: held, never used, and no reason is given'])
  })

  it('takes a reason in place of a use', () => {
    expect(faultsOf(ALL.slice(1), [{ right: 'get pods everywhere', reason: 'rare' }])).toEqual([])
  })

  it('finds a reason that holds no more: the right is used, or is gone', () => {
    const reasoned = [
      { right: 'get pods everywhere', reason: 'rare' },
      { right: 'get nodes everywhere', reason: 'rare' },
    ]
    expect(faultsOf(ALL, reasoned)).toEqual([
      'get pods everywhere: used, so its reason for never being used is none',
      'get nodes everywhere: a reason is given, and it is not held',
    ])
  })

  it('bears a use of what a test shows to be rare', () => {
    expect(faultsOf(ALL, [{ right: 'get pods everywhere', reason: 'rare', shownBy: 'a.test.ts' }])).toEqual([])
  })

  it('finds what was asked for and refused, but for what is an answer', () => {
    const refused = [
      asked('update', 'events', { group: 'events.k8s.io', code: 403, forbidden: true }),
      asked('get', 'secrets', { code: 403, forbidden: true }),
    ]
    expect(faultsOf([...ALL, ...refused])).toEqual([
      'update events.k8s.io/events was asked for 1 times and not allowed',
    ])
  })

  it('counts no refused request as a use', () => {
    const [first] = ALL
    expect(faultsOf([{ ...first, forbidden: true } as Asked, ...ALL.slice(1)])).toContain(
      'get pods everywhere: held, never used, and no reason is given',
    )
  })
})
