import { expect, test } from 'vitest'
import { checkManifests } from '#crds/manifests.ts'
import { candidatesOf } from '#crds/models.ts'
import { credentialsOf, type Served, servedBy } from './run-manifests.ts'

const TRUNK = `
apiVersion: switchboard.dev/v1alpha1
kind: SipTrunk
metadata: { name: pbx, namespace: telephony }
spec:
  carrier: Pbx
  numbers: [{ range: "+1415555*", namespaces: {} }]
  sip: { peers: [{ cidr: 10.0.0.0/8, media: [10.9.0.0/16] }], codecs: [PCMA] }
`
const AGENT = `
apiVersion: switchboard.dev/v1alpha1
kind: VoiceAgent
metadata: { name: reception, namespace: acme }
spec:
  model: { provider: OpenAI, openAI: { model: gpt-realtime-2.1 }, credentialsRef: { name: openai, key: apiKey } }
  variables: { clinic: Acme }
  instructions: You are at {{clinic}}.
  inbound: [{ name: main, trunkRef: { name: pbx, namespace: telephony }, match: [{ number: "+14155550100" }] }]
  drain: { deadline: 90s }
`
const SECRET = `
apiVersion: v1
kind: Secret
metadata: { name: openai, namespace: acme }
stringData: { apiKey: sk-from-secret }
`

function read(...texts: string[]) {
  const manifests = checkManifests([{ file: 'all.yaml', text: texts.join('\n---\n') }])
  expect(manifests.problems.filter(problem => problem.severity === 'error')).toEqual([])
  return manifests
}

test('an agent is served on its numbers, over its trunk, as it resolves', () => {
  const [one, ...others] = servedBy(read(TRUNK, AGENT)) as [Served]
  expect(others).toEqual([])
  expect(one.revision).toMatchObject({ agent: 'acme/reception', name: 'reception-1' })
  expect(one.revision.behaviour.instructions).toBe('You are at Acme.')
  expect(one.routes).toMatchObject([
    { trunk: { key: 'telephony/pbx', laws: ['PCMA'] }, span: { from: '+14155550100' } },
  ])
  expect(one.drainDeadlineMs).toBe(90_000)
})

test('the credential is that of the Secret, else of the variable, else it is said what is missing', () => {
  const revision = (servedBy(read(TRUNK, AGENT)) as [Served])[0].revision
  const [main] = candidatesOf(revision.behaviour.model)
  expect(credentialsOf(read(TRUNK, AGENT, SECRET), { OPENAI_API_KEY: 'sk-env' }).of(revision, main)).toBe(
    'sk-from-secret',
  )
  expect(credentialsOf(read(TRUNK, AGENT), { OPENAI_API_KEY: 'sk-env' }).of(revision, main)).toBe('sk-env')
  const none = credentialsOf(read(TRUNK, AGENT), {})
  expect(none.of(revision, main)).toBeUndefined()
  expect(none.missing(revision, main)).toBe(
    'Secret acme/openai is not among the manifests and OPENAI_API_KEY is not set',
  )
})
