import { expect, it } from 'vitest'
import { projectTrunk } from './observed-trunk.ts'
import { trunkStatus } from './trunk-status.ts'

const NOW = '2026-11-27T08:00:00Z'
const NONE = { claims: 0, conflicts: 0, examples: [] }
const PBX = { carrier: 'Pbx', sip: { peers: [{ cidr: '10.0.0.0/8' }] } }
const STREAM = {
  carrier: 'Twilio',
  ingress: 'MediaStream',
  mediaStream: {
    publicURL: 'https://voice.example.com',
    accountSid: `AC${'0'.repeat(32)}`,
    credentialsRef: { name: 'twilio', key: 'authToken' },
  },
}

function said(spec: object): Record<string, string> {
  const metadata = { namespace: 'telephony', name: 'pbx', uid: 'u', resourceVersion: '1', generation: 4 }
  const { generation, fault, status } = projectTrunk({ metadata, spec })
  const { conditions = [], observedGeneration } = trunkStatus(generation, fault, NONE, status, NOW)
  expect(observedGeneration).toBe(4)
  return Object.fromEntries(conditions.map(c => [c.type, `${c.status} ${c.reason}: ${c.message}`]))
}

it('a trunk whose grants are in force', () => {
  expect(said(PBX)).toEqual({
    Ready: 'True Accepted: 0 claims hold',
    Conflicts: 'False NoConflicts: no claim is refused',
  })
})

it.each<[string, object, string]>([
  [
    'has a field of a later version',
    { ...PBX, laterField: true },
    'SpecNotUnderstood: this version of Switchboard does not understand the spec (spec.: Unrecognized key: "laterField"): nothing is granted. Upgrade the operator, or correct the field or take it out',
  ],
  [
    'was stored with what is refused now',
    { ...PBX, sip: { peers: [{ cidr: '10.0.0.1/8' }] } },
    'SpecNotUnderstood: this version of Switchboard does not understand the spec (spec.sip.peers.0.cidr: has bits set behind its prefix length, which some network plugins refuse: write the network itself, "10.0.0.0/8" for "10.0.0.1/8"): nothing is granted. Upgrade the operator, or correct the field or take it out',
  ],
  [
    'is answered by `switchboard run` alone',
    STREAM,
    'IngressNotServed: spec.ingress: on a cluster this version answers no MediaStream, so nothing is granted: use ingress: Sip, or `switchboard run`',
  ],
])('one that %s is stalled: only a person changes that', (_, spec, why) => {
  expect(said(spec)).toEqual({ Ready: `False ${why}`, Stalled: `True ${why}` })
})

it('says nothing of being stalled once it is in force again', () => {
  const faulty = trunkStatus(1, { reason: 'IngressNotServed', message: 'why' }, NONE, {}, NOW)
  const after = trunkStatus(2, null, NONE, faulty, '2026-11-27T09:00:00Z')
  expect(after.conditions?.map(c => [c.type, c.lastTransitionTime.slice(11, 13)])).toEqual([
    ['Ready', '09'],
    ['Conflicts', '09'],
  ])
})
