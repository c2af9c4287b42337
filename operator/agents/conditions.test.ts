import { describe, expect, it } from 'vitest'
import { voiceAgentSpec } from '#crds/voice-agent.ts'
import type { DecidedClaim, Standing } from '#operator/trunks/claim.ts'
import { type ConditionInput, conditionsOf } from './conditions.ts'
import { problemOfCredential, problemOfNoCredential, type SecretSeen } from './credential.ts'
import { problemsOfClaims } from './problems-of-claims.ts'

const NOW = '2026-11-27T08:00:00Z'
const steady: ConditionInput = {
  generation: 3,
  deleting: false,
  problems: [],
  serving: 'reception-1',
  current: 'reception-1',
  stable: 'reception-1',
  rolling: false,
  answering: 2,
  answeringCurrent: 2,
  pods: 2,
  reachable: true,
}
const stalled = { reason: 'SecretMissing', message: 'Secret acme/openai is not there', stalls: true }
const waiting = { reason: 'NodeLost', message: 'node a is gone', stalls: false }
const said = (over: Partial<ConditionInput>): Record<string, string> =>
  Object.fromEntries(
    conditionsOf({ ...steady, ...over }, [], NOW).map(c => [c.type, `${c.status} ${c.reason}: ${c.message}`]),
  )

describe('conditions', () => {
  it('of an agent at rest', () => {
    expect(said({})).toEqual({
      Ready: 'True Serving: calls are answered by 2 pods of reception-1',
      Reconciling: 'False Done: what is there is what is wanted',
      Stalled: 'False NotStalled: nothing stands in the way',
      RollingOut: 'False Stable: reception-1 is the stable revision',
    })
  })

  it('of one that starts', () => {
    expect(said({ answering: 0, answeringCurrent: 0, stable: null })).toMatchObject({
      Ready: 'False Starting: no pod of reception-1 answers yet',
      Reconciling: 'True Progressing: reception-1: 0 of 2 pods answer',
    })
  })

  it('of one that cannot start', () => {
    expect(said({ problems: [waiting, stalled], answering: 0, answeringCurrent: 0 })).toMatchObject({
      Ready: 'False SecretMissing: Secret acme/openai is not there',
      Reconciling: 'False Stalled: see the condition Stalled',
      Stalled: 'True SecretMissing: Secret acme/openai is not there',
    })
  })

  it('of one whose old revision serves on while the new one is stuck', () => {
    const rolling = { current: 'reception-2', answeringCurrent: 0, rolling: true, problems: [stalled] }
    expect(said(rolling)).toMatchObject({
      Ready: 'True Serving: calls are answered by 2 pods of reception-1',
      Stalled: 'True SecretMissing: Secret acme/openai is not there',
      RollingOut: 'True Proving: reception-2 has to prove itself before it takes over from reception-1',
    })
  })

  it('of one that mends itself', () => {
    expect(said({ problems: [waiting], answering: 1, answeringCurrent: 1 })).toMatchObject({
      Ready: 'True Serving: calls are answered by 1 pod of reception-1',
      Reconciling: 'True NodeLost: reception-1: 1 of 2 pods answer; node a is gone',
    })
  })

  it('of one that has all that is wanted, and something that a person should know', () => {
    expect(said({ problems: [waiting] })).toMatchObject({
      Ready: 'True Serving: calls are answered by 2 pods of reception-1',
      Reconciling: 'False NodeLost: what is there is what is wanted; node a is gone',
    })
  })

  it('of one that nobody can call: who waits for it is told, and does not wait', () => {
    const idle = { answering: 0, answeringCurrent: 0, pods: 1, reachable: false, problems: problemsOfClaims([]) }
    const message = 'spec.inbound names no number, so nobody can call it and no pod is made: add one'
    expect(said(idle)).toMatchObject({
      Ready: `False NoNumbers: ${message}`,
      Reconciling: 'False Stalled: see the condition Stalled',
      Stalled: `True NoNumbers: ${message}`,
    })
  })

  it('of one that is deleted', () => {
    expect(said({ deleting: true })['Ready']).toMatch(/^False Deleting/)
  })

  it('keep the time of their last change of status, and of nothing else', () => {
    const before = conditionsOf(steady, [], NOW)
    const after = conditionsOf(
      { ...steady, generation: 4, problems: [waiting], answering: 0 },
      before,
      '2026-11-27T09:00:00Z',
    )
    expect(after.map(c => [c.type, c.lastTransitionTime.slice(11, 13), c.observedGeneration])).toEqual([
      ['Ready', '09', 4],
      ['Reconciling', '08', 4],
      ['Stalled', '08', 4],
      ['RollingOut', '08', 4],
    ])
  })
})

describe('a claim that does not hold', () => {
  const claim = (standing: Standing, number = '+14155550100'): DecidedClaim => ({
    claim: {
      agent: 'acme/reception',
      namespace: 'acme',
      uid: 'u',
      createdAt: '',
      inbound: 'main',
      trunk: 'telephony/pbx',
      form: { number },
      span: { kind: 'range', from: number, to: number },
    },
    standing,
  })

  it.each<[Standing, string, RegExp]>([
    [{ is: 'noTrunk' }, 'TrunkMissing', /SipTrunk telephony\/pbx is not there.*spec\.inbound "main"/],
    [
      { is: 'notServed' },
      'IngressNotServed',
      /telephony\/pbx has ingress: MediaStream.*ingress: Sip, or `switchboard run`/,
    ],
    [{ is: 'notShared' }, 'TrunkNotShared', /is not shared with namespace "acme"/],
    [{ is: 'notGranted' }, 'NumberNotGranted', /\+14155550100 is not granted to namespace "acme"/],
    [{ is: 'claimed', by: 'umbrella/desk' }, 'NumberClaimed', /is claimed by VoiceAgent umbrella\/desk/],
  ])('%j', (standing, reason, message) => {
    const [problem, ...more] = problemsOfClaims([claim(standing), claim({ is: 'held' }, '2')])
    expect(more).toEqual([])
    expect(problem).toMatchObject({ reason, stalls: true })
    expect(problem?.message).toMatch(message)
  })

  it('is said once for many', () => {
    const many = Array.from({ length: 20 }, (_, i) => claim({ is: 'notGranted' }, String(1000 + i)))
    expect(problemsOfClaims(many)).toHaveLength(1)
    expect(problemsOfClaims(many)[0]?.message).toMatch(/1000 .*1001 .*1002 .*; and 17 more$/)
  })

  it('is no problem when it holds or is not decided; none at all is one', () => {
    expect(problemsOfClaims([claim({ is: 'held' }), claim({ is: 'open' })])).toEqual([])
    expect(problemsOfClaims([])).toMatchObject([{ reason: 'NoNumbers', stalls: true }])
  })
})

describe('a credential', () => {
  const openai = { namespace: 'acme', secret: 'openai', key: 'apiKey' }
  it.each<[SecretSeen, ('present' | 'missing' | 'unreadable')[], string | null, string]>([
    ['usable', [], null, ''],
    ['usable', ['present', 'missing'], null, ''],
    ['missing', [], 'SecretMissing', 'kubectl create secret generic openai -n acme --from-literal=apiKey=…'],
    ['unlabelled', [], 'SecretUnlabelled', 'kubectl label secret openai -n acme switchboard.dev/credential=true'],
    [
      'forbidden',
      [],
      'SecretForbidden',
      'Allow it for this one Secret: kubectl create role switchboard-credential-openai -n acme --verb=get --resource=secrets --resource-name=openai && kubectl create rolebinding switchboard-credential-openai -n acme --role=switchboard-credential-openai --serviceaccount=voice-system:operator',
    ],
    ['usable', ['missing'], 'SecretKeyMissing', 'Secret acme/openai has no key apiKey'],
    ['usable', ['unreadable'], 'SecretKeyMissing', 'key apiKey of Secret acme/openai is empty'],
  ])('%s, workers say %j', (seen, reported, reason, words) => {
    const problem = problemOfCredential(openai, seen, reported, {
      namespace: 'voice-system',
      serviceAccount: 'operator',
    })
    expect(problem?.reason ?? null).toBe(reason)
    expect(problem?.message ?? '').toContain(words)
    // what a shell would read otherwise
    expect(problem?.message ?? '').not.toMatch(/[<>]/)
  })
})

describe('no credential', () => {
  const spec = (model: object) => voiceAgentSpec.parse({ instructions: 'Be kind.', model })
  const openAI = { provider: 'OpenAI', openAI: { model: 'm' } }
  const simulated = { provider: 'OpenAI', openAI: { model: 'm', baseURL: 'http://simulator.acme:8090/v1' } }
  it.each<[string, object, string]>([
    [
      'at the vendor’s own endpoint',
      openAI,
      'spec.model.credentialsRef is missing, and OpenAI’s own endpoint needs it',
    ],
    [
      'in a fallback',
      { ...simulated, fallbacks: [{ name: 'eu', ...openAI }] },
      'spec.model.fallbacks[0].credentialsRef',
    ],
    ['at one that may need none', simulated, ''],
    ['is not so', { ...openAI, credentialsRef: { name: 'openai', key: 'apiKey' } }, ''],
  ])('%s', (_, model, words) => {
    const problem = problemOfNoCredential(spec(model))
    expect(problem?.message ?? '').toContain(words)
    expect(problem?.reason ?? '').toBe(words === '' ? '' : 'CredentialMissing')
  })

  it('is told beside what is served, and stalls nothing', () => {
    const problem = problemOfNoCredential(spec(openAI))
    expect(said({ problems: problem === null ? [] : [problem] })).toMatchObject({
      Ready: expect.stringMatching(/^True Serving/),
      Reconciling: expect.stringMatching(/^False CredentialMissing: what is there is what is wanted; spec\.model/),
      Stalled: expect.stringMatching(/^False/),
    })
  })
})
