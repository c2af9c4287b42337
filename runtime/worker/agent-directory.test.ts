import { expect, test } from 'vitest'
import { spanOf } from '#crds/called-number.ts'
import { parseCidr } from '#crds/cidr.ts'
import { AgentDirectory, type ServedRevision, type TrunkEntry } from './agent-directory.ts'

function trunk(key: string, cidr: string, dialPlan?: TrunkEntry['dialPlan']): TrunkEntry {
  const networks = [parseCidr(cidr) ?? { bytes: [], bits: 0 }]
  return {
    key,
    access: { latch: true, peers: [{ signalling: networks, media: networks }] },
    laws: ['PCMU'],
    ...(dialPlan && { dialPlan }),
  }
}

function revision(agent: string, name = `${agent}-1`): ServedRevision {
  return { agent, name } as ServedRevision
}

const PBX = trunk('t/pbx', '10.0.0.0/8')
const CARRIER = trunk('t/carrier', '203.0.113.0/24', { countryCode: '44', nationalPrefix: '0' })

test('the trunk of the peer decides, the narrowest claim wins', () => {
  const directory = new AgentDirectory()
  directory.put(revision('a/wide'), [{ trunk: PBX, span: spanOf({ range: '+1415555*' }) }])
  directory.put(revision('a/narrow'), [{ trunk: PBX, span: spanOf({ number: '+14155550100' }) }])
  directory.put(revision('a/uk'), [{ trunk: CARRIER, span: spanOf({ number: '+442071838750' }) }])
  const agentOf = (address: string, user: string) => directory.find(address, user)?.revision.agent ?? null
  expect(agentOf('10.1.1.1', '+14155550100')).toBe('a/narrow')
  expect(agentOf('10.1.1.1', '14155550100')).toBe('a/narrow')
  expect(agentOf('10.1.1.1', '+14155550101')).toBe('a/wide')
  expect(agentOf('203.0.113.5', '02071838750')).toBe('a/uk')
  expect(agentOf('203.0.113.5', '+14155550100')).toBeNull()
  expect(agentOf('10.1.1.1', '+15005550006')).toBeNull()
  expect(agentOf('192.0.2.1', '+14155550100')).toBeNull()
})

test('who is a peer follows what is served, remembered answers included', () => {
  const directory = new AgentDirectory()
  expect(directory.isPeer('10.0.0.1')).toBe(false)
  directory.put(revision('a/x'), [{ trunk: PBX, span: spanOf({ number: '100' }) }])
  expect(directory.isPeer('10.0.0.1')).toBe(true)
  expect(directory.isPeer('11.0.0.1')).toBe(false)
})

test('a new revision takes the place of the old one, with its numbers', () => {
  const directory = new AgentDirectory()
  directory.put(revision('a/x', 'x-1'), [{ trunk: PBX, span: spanOf({ number: '100' }) }])
  directory.put(revision('a/x', 'x-2'), [{ trunk: PBX, span: spanOf({ number: '101' }) }])
  expect(directory.find('10.0.0.1', '100')).toBeNull()
  expect(directory.find('10.0.0.1', '101')?.revision.name).toBe('x-2')
  expect(directory.revisions.map(r => r.name)).toEqual(['x-2'])
})

test('peers of calls are heard until their calls are over, and a little longer', () => {
  let at = 0
  const directory = new AgentDirectory(() => at)
  const old = trunk('t/pbx', '10.0.0.0/8')
  directory.put(revision('a/a'), [{ trunk: old, span: spanOf({ number: '+14155550100' }) }])
  const [first, second] = [directory.hold(old), directory.hold(old)]
  directory.put(revision('a/a', 'a-2'), [{ trunk: CARRIER, span: spanOf({ number: '+14155550100' }) }])
  const heard = () => directory.isPeer('10.0.0.1')
  expect(heard()).toBe(true)
  expect(directory.find('10.0.0.1', '+14155550100')).toBeNull()
  first()
  first()
  at = 3_600_000
  expect(heard()).toBe(true)
  second()
  at += 31_999
  expect(heard()).toBe(true)
  at += 1
  expect(heard()).toBe(false)
  expect(directory.isPeer('203.0.113.5')).toBe(true)
})

test('a call that comes while the last words of another are waited for keeps the peers', () => {
  let at = 0
  const directory = new AgentDirectory(() => at)
  const old = trunk('t/pbx', '10.0.0.0/8')
  directory.put(revision('a/a'), [{ trunk: old, span: spanOf({ number: '+14155550100' }) }])
  directory.hold(old)()
  at = 10_000
  const over = directory.hold(old)
  directory.put(revision('a/a', 'a-2'), [])
  at = 100_000
  expect(directory.isPeer('10.0.0.1')).toBe(true)
  over()
  at = 132_000
  expect(directory.isPeer('10.0.0.1')).toBe(false)
})
