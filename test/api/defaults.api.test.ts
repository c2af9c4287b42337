import { beforeAll, describe, expect, it } from 'vitest'
import { sipTrunk } from '#crds/sip-trunk.ts'
import { voiceAgent } from '#crds/voice-agent.ts'
import { voiceAgentRevision } from '#crds/voice-agent-revision.ts'
import { type Kind, PLURALS } from './crds.ts'
import { FULL } from './full.ts'
import { client, type Json, kubectl, makeNamespace, messageOf, pathOf } from './server.ts'

const NAMESPACE = 'defaults'
const SCHEMAS = { VoiceAgent: voiceAgent, SipTrunk: sipTrunk, VoiceAgentRevision: voiceAgentRevision }
beforeAll(() => makeNamespace(NAMESPACE))

/** No more than must be there; and members begun, so that the defaults within them are asked for too. */
const BARE: Readonly<Record<Kind, readonly Json[]>> = {
  VoiceAgent: [
    { instructions: 'Be kind.', model: { provider: 'OpenAI', openAI: { model: 'm' } } },
    {
      instructions: 'Be kind.',
      model: {
        provider: 'OpenAI',
        openAI: { model: 'm', turnDetection: { type: 'semantic_vad' } },
        credentialsRef: { name: 'openai', key: 'apiKey' },
      },
      greeting: { text: 'Hello.' },
      bargeIn: {},
      deadAir: { then: { say: { text: 'Sorry.' }, then: { hangUp: {} } } },
      silence: { prompts: [{ text: 'Are you there?' }] },
      dtmf: { terminator: '' },
      tools: [{ name: 'find', description: 'Finds.', http: { url: 'http://calendar.acme/find' } }],
      callControl: { endCall: {} },
      unavailable: { then: { reject: 480 } },
      limits: { call: {}, hold: {} },
      data: { transcripts: 'On' },
      drain: { end: { then: { hangUp: {} } } },
    },
  ],
  SipTrunk: [
    { carrier: 'Pbx', sip: { peers: [{ cidr: '10.0.0.0/8' }] } },
    { carrier: 'Twilio', sip: { peers: [{ preset: 'Twilio' }], media: {}, dialPlan: {} } },
  ],
  VoiceAgentRevision: [{ agentRef: { name: 'a' }, snapshot: { schemaVersion: 1, hash: 'a'.repeat(64), content: {} } }],
}

/** May be written as `{}`, or was added later. */
const OURS: ReadonlySet<string> = new Set(['endCall', 'timeouts', 'transfer', 'verbatim', 'waiting'])

/** These, and entries of lists, are filled in by us and never by the server: see cli/generate/structural.ts. */
function stored(ours: unknown, written: unknown): unknown {
  if (Array.isArray(ours)) return written ?? ours
  if (typeof ours !== 'object' || ours === null) return ours
  const entries = Object.entries(ours).map(([key, value]) => {
    const given = (written as Json | undefined)?.[key]
    return [key, OURS.has(key) ? given : stored(value, given)]
  })
  return Object.fromEntries(entries) as Json
}

const cases = (Object.keys(PLURALS) as Kind[]).flatMap(kind =>
  [...BARE[kind], FULL[kind].spec].map((spec, i) => [`${kind} ${i}`, kind, spec] as const),
)

describe('the server fills in what our own code fills in', () => {
  it.each(cases)('%s', async (_, kind, spec) => {
    const object = { ...FULL[kind], metadata: { name: 'a' }, spec }
    const made = await client.request('POST', `${pathOf(kind, NAMESPACE)}?dryRun=All&fieldValidation=Strict`, object)
    expect(made.status === 201 ? '' : messageOf(made)).toBe('')
    const ours = SCHEMAS[kind].parse(object)
    expect((made.body as { spec: Json }).spec).toEqual(stored(ours.spec, spec))
    // What it stores is itself sound, and means the same.
    expect(SCHEMAS[kind].parse(made.body).spec).toEqual(ours.spec)
  })
})

it('a bare Off of YAML 1.1 is Off, through kubectl and the server', async () => {
  const yaml = `apiVersion: switchboard.dev/v1alpha1
kind: VoiceAgent
metadata: { name: switches }
spec:
  instructions: Be kind.
  model: { provider: OpenAI, openAI: { model: m } }
  data: { transcripts: On, traceContent: Off }
`
  const said = await kubectl(['create', '-n', NAMESPACE, '--validate=strict', '-o', 'json', '-f', '-'], yaml)
  expect(said.err).toBe('')
  expect(voiceAgent.parse(JSON.parse(said.out)).spec.data).toEqual({ transcripts: 'On', traceContent: 'Off' })
})

it.each(['"Full"', '1', '[]', '{}', '""'])('a switch takes no %s', async value => {
  const yaml = `{ apiVersion: switchboard.dev/v1alpha1, kind: VoiceAgent, metadata: { name: switches }, spec: {
    instructions: Be kind., model: { provider: OpenAI, openAI: { model: m } }, data: { transcripts: ${value} } } }`
  const said = await kubectl(['create', '-n', NAMESPACE, '--dry-run=server', '-f', '-'], yaml)
  expect(said.err).toContain('spec.data.transcripts: Unsupported value')
})
