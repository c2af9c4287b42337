import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical.ts'
import { type ConfigMap, configMap } from './core-objects.ts'
import { type Resolution, resolve, type Sources } from './resolve.ts'
import { voiceAgent } from './voice-agent.ts'

const NOTHING: Sources = { configMap: () => undefined }
const words = (data: Record<string, string>, name = 'words'): ConfigMap =>
  configMap.parse({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'acme' }, ...split(data) })
const split = (data: Record<string, string>) => ({
  data: Object.fromEntries(Object.entries(data).filter(([k]) => !k.endsWith('.ulaw'))),
  binaryData: Object.fromEntries(Object.entries(data).filter(([k]) => k.endsWith('.ulaw'))),
})
const from = (...maps: ConfigMap[]): Sources => ({
  configMap: (namespace, name) => maps.find(m => m.metadata.name === name && m.metadata.namespace === namespace),
})

function resolved(spec: object, sources = NOTHING, metadata: object = {}): Resolution {
  const agent = voiceAgent.parse({
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name: 'reception', namespace: 'acme', ...metadata },
    spec: {
      model: { provider: 'OpenAI', openAI: { model: 'm' } },
      ...('instructionsFrom' in spec ? {} : { instructions: 'Be kind.' }),
      ...spec,
    },
  })
  return resolve(agent, sources)
}
function good(...args: Parameters<typeof resolved>): Extract<Resolution, { ok: true }> {
  const result = resolved(...args)
  if (!result.ok) throw new Error(result.problems.map(p => p.error.message).join())
  return result
}
const hash = (...args: Parameters<typeof resolved>): string => good(...args).hash
const plain = hash({})
const openAI = (over: object) => ({ model: { provider: 'OpenAI', openAI: { model: 'm', ...over } } })
const tool = (name: string, over: object = {}) => ({ name, description: 'd', http: { url: 'http://a/b', ...over } })

describe('the same behaviour has the same hash', () => {
  it.each<[string, object]>([
    ['defaults written out', { bargeIn: { enabled: true, minSpeech: '200ms' }, limits: { call: { max: '30m' } } }],
    ['a vendor default written out', openAI({ voice: 'marin', turnDetection: { type: 'server_vad' } })],
    [
      'a final action written out',
      { unavailable: { after: '15s', say: { builtIn: 'Apology' }, then: { hangUp: {} } } },
    ],
    ['another spelling of a duration', { limits: { call: { max: '1800s' } }, dtmf: { gap: '2000ms' } }],
    ['variables nobody uses', { variables: { clinic: 'Acme' } }],
    ['instructions made of a variable', { instructions: 'Be {{how}}.', variables: { how: 'kind' } }],
    ['ways in', { inbound: [{ name: 'a', trunkRef: { name: 't' }, match: [{ number: '1001' }] }] }],
    ['another drain', { drain: { deadline: '5m', end: { say: { text: 'Bye' }, then: { hangUp: {} } } } }],
    ['content switched off by a boolean', { data: { transcripts: false } }],
  ])('%s', (_, spec) => {
    expect(hash(spec)).toBe(plain)
  })

  it('whatever the agent is called', () => {
    expect(hash({}, NOTHING, { name: 'night', namespace: 'other', labels: { a: 'b' }, generation: 7 })).toBe(plain)
  })

  it('in any order of tools, headers and keys', () => {
    const headers = [
      { name: 'b', value: '1' },
      { name: 'a', value: '2' },
    ]
    const one = hash({ tools: [tool('x', { headers }), tool('y')] })
    expect(hash({ tools: [tool('y'), tool('x', { headers: headers.toReversed() })] })).toBe(one)
    expect(
      hash({ tools: [{ ...tool('y'), parameters: { properties: {}, type: 'object' } }, tool('x', { headers })] }),
    ).toBe(one)
  })

  it('from a ConfigMap as in the spec, and from whichever ConfigMap', () => {
    const ref = (name: string) => ({ instructionsFrom: { configMapKeyRef: { name, key: 'text' } } })
    expect(hash(ref('words'), from(words({ text: 'Be kind.' })))).toBe(plain)
    const greeting = (name: string) => ({ greeting: { audioFrom: { configMapKeyRef: { name, key: 'hi.ulaw' } } } })
    const clip = { 'hi.ulaw': 'f39/' }
    const one = hash(greeting('words'), from(words(clip)))
    expect(hash(greeting('other'), from(words(clip, 'other')))).toBe(one)
  })
})

describe('another behaviour has another hash', () => {
  it('by every field a caller can notice', () => {
    const specs: object[] = [
      {},
      { instructions: 'Be kind!' },
      openAI({ model: 'n' }),
      openAI({ voice: 'cedar' }),
      openAI({ extra: { a: 1 } }),
      openAI({ turnDetection: { type: 'semantic_vad' } }),
      { greeting: { text: 'Hello' } },
      { greeting: { text: 'Hello', interruptible: false } },
      { bargeIn: { enabled: false } },
      { deadAir: { after: '6s' } },
      { silence: { prompts: [{ text: 'a' }, { text: 'b' }] } },
      { silence: { prompts: [{ text: 'b' }, { text: 'a' }] } },
      { dtmf: { terminator: '' } },
      { tools: [tool('x')] },
      { tools: [{ ...tool('x'), effect: 'Read' }] },
      { callControl: { endCall: {} } },
      { unavailable: { then: { reject: 480 } } },
      { limits: { mediaLost: '31s' } },
      { data: { transcripts: 'On' } },
    ]
    expect(new Set(specs.map(spec => hash(spec))).size).toBe(specs.length)
  })

  it('when a recording changes under the same name', () => {
    const greeting = { greeting: { audioFrom: { configMapKeyRef: { name: 'words', key: 'hi.ulaw' } } } }
    const [one, two] = ['f39/', 'f39+'].map(bytes => good(greeting, from(words({ 'hi.ulaw': bytes }))))
    expect(one?.hash).not.toBe(two?.hash)
    const name = one?.content.greeting?.clip ?? ''
    expect(name).toMatch(/^sha256:/)
    expect([...(one?.clips.get(name)?.audio ?? [])]).toEqual([0x7f, 0x7f, 0x7f])
  })
})

it('the hash does not move: a change of these lines makes a new revision of every agent out there', () => {
  expect(plain).toBe('9ebb26e7db06676008164651e36810161b85391054fabda1a67fa809e0e927b2')
  expect(hash({ greeting: { text: 'Hello' }, callControl: { endCall: {} }, tools: [tool('x')] })).toBe(
    '177f672024f62fe835a20409ec641209af7158dadd7a19eca1e0c0c3546df349',
  )
})

it('what a revision holds is complete', () => {
  const { content, drain } = good({ drain: { deadline: '1m' } })
  expect(content).toMatchObject({
    instructions: 'Be kind.',
    bargeIn: { enabled: true, minSpeech: '200ms' },
    deadAir: { then: { say: { clip: 'builtin:apology', interruptible: false }, then: { hangUp: {} } } },
    unavailable: { after: '15s', say: { clip: 'builtin:apology' } },
    data: { transcripts: 'Off', traceContent: 'Off' },
  })
  expect(Object.keys(content)).not.toContain('inbound')
  expect(drain).toEqual({ deadline: '1m', end: { then: { hangUp: {} } } })
})

it('renders prompts wherever they are, and nothing else', () => {
  const { content, drain } = good({
    variables: { who: 'Ann' },
    greeting: { text: 'I am {{who}}' },
    silence: { prompts: [{ text: '{{who}}?' }] },
    limits: { call: { then: { say: { text: 'Bye {{who}}' }, then: { hangUp: {} } } } },
    drain: { end: { say: { text: '{{who}} must go' }, then: { hangUp: {} } } },
    tools: [
      { ...tool('x'), description: '{{who}}', parameters: { type: 'object', properties: { interruptible: {} } } },
    ],
  })
  expect(content.greeting).toMatchObject({ text: 'I am Ann', interruptible: true })
  expect(content.silence.prompts).toMatchObject([{ text: 'Ann?', interruptible: true }])
  expect(content.limits.call.then.say).toMatchObject({ text: 'Bye Ann', interruptible: false })
  expect(drain.end.say?.text).toBe('Ann must go')
  expect(content.tools?.[0]?.description).toBe('{{who}}')
})

it('says everything that is wrong, by field', () => {
  const result = resolved(
    {
      instructionsFrom: { configMapKeyRef: { name: 'words', key: 'missing' } },
      greeting: { text: '{{a}} {{b}}' },
      unavailable: { say: { audioFrom: { configMapKeyRef: { name: 'none', key: 'x' } } }, then: { hangUp: {} } },
      silence: { prompts: [{ audioFrom: { configMapKeyRef: { name: 'words', key: 'text' } } }] },
    },
    from(words({ text: 'no audio' })),
  )
  expect(result.ok || result.problems.map(p => `${p.path.join('.')} ${p.error.code}`).sort()).toEqual([
    'spec.greeting.text SB_API_UNKNOWN_VARIABLE',
    'spec.greeting.text SB_API_UNKNOWN_VARIABLE',
    'spec.instructionsFrom.configMapKeyRef.key SB_API_CONFIGMAP_KEY_MISSING',
    'spec.silence.prompts.0.audioFrom.configMapKeyRef SB_API_BAD_CLIP',
    'spec.unavailable.say.audioFrom.configMapKeyRef.name SB_API_CONFIGMAP_MISSING',
  ])
})

describe('canonical JSON', () => {
  it('has one text for one value', () => {
    expect(canonicalJson({ b: [1, { d: undefined, c: null }], a: 'é' })).toBe('{"a":"é","b":[1,{"c":null}]}')
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([k, v]) => [k, shuffled(v)]),
      )
    }
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value))
      }),
    )
  })
})
