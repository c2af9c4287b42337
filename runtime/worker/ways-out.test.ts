import { describe, expect, test } from 'vitest'
import { behaviour } from '#crds/behaviour.ts'
import type { Found, ServedRevision, TrunkEntry } from './agent-directory.ts'
import { policyOf } from './behaviour-to-policy.ts'
import { carrierDial, policyOfCall, type WayOut } from './ways-out.ts'

const trunk: TrunkEntry = { key: 'acme/twilio', access: { latch: false, peers: [] }, laws: ['PCMU'] }

function served(way: Partial<WayOut> = {}, number = '+14155550199'): ServedRevision {
  const content = behaviour.parse({
    instructions: 'x',
    model: { provider: 'OpenAI', openAI: { model: 'm' } },
    destinations: [{ name: 'desk', to: { number: '+14155550199' }, trunkRef: { name: 'twilio' }, ring: '20s' }],
  })
  // as if it had been let through
  const [desk] = content.destinations ?? []
  if (desk) desk.to.number = number
  const waysOut: WayOut[] = [
    { trunk, transfer: 'Dial', callerIds: ['+1', '+14155550100'], allowedPrefixes: ['+1415'], ...way },
  ]
  return { agent: 'acme/reception', name: 'reception-1', behaviour: content, policy: policyOf(content), waysOut }
}
const found = (revision: ServedRevision): Pick<Found, 'revision' | 'trunk'> => ({ revision, trunk })

describe('over the carrier’s REST API', () => {
  test('a destination of the caller’s own trunk is a way, with time for what the carrier has to say', () => {
    const revision = served()
    const reached = (over: string, leg: 'rest' | 'refer') =>
      policyOfCall(revision, revision.policy, over, leg, leg === 'refer').destinations
    expect(reached('acme/twilio', 'rest')).toMatchObject([{ ways: ['transfer'], ringMs: 20_000, newsMs: 30_000 }])
    expect(reached('acme/other', 'rest')).toEqual([])
    expect(reached('acme/twilio', 'refer')).toEqual([])
  })

  test('it is called as who was called, else as the first', () => {
    expect(carrierDial(found(served()), '+14155550100', 'desk')).toMatchObject({ callerId: '+14155550100' })
    expect(carrierDial(found(served()), '+14155550111', 'desk')).toMatchObject({ callerId: '+1' })
  })

  test.each([
    ['an emergency number', served({ allowedPrefixes: ['9', '+1'] }, '911')],
    ['another prefix', served({ allowedPrefixes: ['+44'] })],
    ['an extension', served({ allowedPrefixes: ['2'] }, '201')],
    ['a trunk that hands over otherwise', served({ transfer: 'Bridge' })],
  ])('%s: nobody', (_, revision) => {
    expect(carrierDial(found(revision), '+14155550100', 'desk')).toBeNull()
    expect(carrierDial(found(revision), '+14155550100', 'nobody')).toBeNull()
  })

  test('a trunk that the call did not come over: nobody', () => {
    const over = { ...trunk, key: 'acme/other' }
    expect(carrierDial({ revision: served(), trunk: over }, '+14155550100', 'desk')).toBeNull()
  })
})
