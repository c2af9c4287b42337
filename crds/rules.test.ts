import { Environment } from '@marcbachmann/cel-js'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { formatDuration, parseDuration } from './duration.ts'
import { VALIDATIONS } from './rule.ts'
import { sipTrunk } from './sip-trunk.ts'
import { voiceAgent } from './voice-agent.ts'
import { voiceAgentRevision } from './voice-agent-revision.ts'
import { bare, metaOf } from './walk-schema.ts'

interface Found {
  readonly cel: string
  readonly message: string
  readonly at: string
  readonly schema: z.core.$ZodType
}

/** Every rule of every kind, by the schema that carries it. */
function* rulesOf(schema: z.core.$ZodType, at: string): Generator<Found> {
  const said = (metaOf(schema, VALIDATIONS) ?? []) as { rule: string; message: string }[]
  for (const { rule, message } of said) yield { cel: rule, message, at, schema }
  const { def } = bare(schema) as unknown as {
    def: { shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType; valueType?: z.core.$ZodType }
  }
  for (const [key, member] of Object.entries(def.shape ?? {})) yield* rulesOf(member, `${at}.${key}`)
  if (def.element) yield* rulesOf(def.element, `${at}[]`)
  if (def.valueType) yield* rulesOf(def.valueType, `${at}{}`)
}

const found = [voiceAgent, sipTrunk, voiceAgentRevision].flatMap((schema, i) => [
  ...rulesOf(schema, ['VoiceAgent', 'SipTrunk', 'VoiceAgentRevision'][i] ?? ''),
])
const TRANSITION = 'self == oldSelf'

const minimal = {
  apiVersion: 'switchboard.dev/v1alpha1',
  kind: 'VoiceAgent',
  spec: { instructions: 'Be kind.', model: { provider: 'OpenAI', openAI: { model: 'm' } } },
}
const named = (name: string) => ({ ...minimal, metadata: { name } })

/** By a part of the rule: what it refuses and what it accepts. `self` is the value the rule stands on. */
const CASES: readonly { rule: string; refuses: unknown; accepts: unknown }[] = [
  { rule: 'self.metadata.name.matches', refuses: named('a'.repeat(41)), accepts: named('reception') },
  { rule: 'self.metadata.name.matches', refuses: named('a.b'), accepts: named('a') },
  { rule: 'has(self.instructions)', refuses: {}, accepts: { instructions: 'Be kind.' } },
  {
    rule: 'has(self.instructions)',
    refuses: { instructions: 'a', instructionsFrom: { configMapKeyRef: { name: 'a', key: 'b' } } },
    accepts: { instructionsFrom: { configMapKeyRef: { name: 'a', key: 'b' } } },
  },
  { rule: 'self.all(name', refuses: { '1st': 'x' }, accepts: { clinic: 'Acme', _x2: '' } },
  {
    rule: 'size(self) <= 64',
    refuses: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`v${i}`, ''])),
    accepts: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`v${i}`, ''])),
  },
  {
    rule: "self.type == 'server_vad'",
    refuses: { type: 'semantic_vad', silence_duration_ms: 300 },
    accepts: { type: 'server_vad', silence_duration_ms: 300 },
  },
  {
    rule: "self.type == 'semantic_vad'",
    refuses: { type: 'server_vad', eagerness: 'low' },
    accepts: { type: 'semantic_vad', eagerness: 'low' },
  },
  {
    rule: "!self.matches('^[a-z]+://",
    refuses: 'wss://user:secret@api.example/v1',
    accepts: 'wss://api.example/v1?x=@',
  },
  { rule: "duration(self) in [duration('20ms')", refuses: '30ms', accepts: '60ms' },
  { rule: 'has(self.text)', refuses: { text: 'a', builtIn: 'Apology' }, accepts: { text: 'a' } },
  { rule: 'has(self.text)', refuses: { interruptible: true }, accepts: { builtIn: 'Apology' } },
  { rule: 'has(self.hangUp)', refuses: { hangUp: {}, reject: 480 }, accepts: { reject: 480 } },
  { rule: 'has(self.hangUp)', refuses: {}, accepts: { hangUp: {} } },
  { rule: "self != 'end_call'", refuses: 'end_call', accepts: 'find_appointment' },
  { rule: '^https?://[^/?#]*@', refuses: 'http://a:b@calendar.acme/find', accepts: 'http://calendar.acme/find?at=@' },
  {
    rule: '169[.]254',
    refuses: 'http://169.254.169.254/latest/meta-data',
    accepts: 'http://10.169.254.1/find',
  },
  { rule: '169[.]254', refuses: 'http://[fe80::1]/find', accepts: 'http://[fd00::1]/find' },
  { rule: '169[.]254', refuses: 'http://metadata.google.internal/x', accepts: 'http://metadata.acme/x' },
  { rule: 'has(self.number)', refuses: { number: '1001', user: 'reception' }, accepts: { user: 'reception' } },
  { rule: 'has(self.number)', refuses: {}, accepts: { range: '1000-1099' } },
  { rule: "self in ['112'", refuses: '911', accepts: '+14155550100' },
  { rule: "self.contains('-')", refuses: '+14155550199-+14155550100', accepts: '+14155550100-+14155550199' },
  { rule: "self.contains('-')", refuses: '100-1000', accepts: '+1415*' },
  {
    rule: 'self.operator in',
    refuses: { key: 'customer', operator: 'In', values: [] },
    accepts: { key: 'customer', operator: 'In', values: ['acme'] },
  },
  {
    rule: 'self.operator in',
    refuses: { key: 'customer', operator: 'Exists', values: ['acme'] },
    accepts: { key: 'customer', operator: 'Exists' },
  },
  { rule: "endsWith('/0')", refuses: '0.0.0.0/0', accepts: '10.0.0.0/8' },
  {
    rule: 'has(self.preset)',
    refuses: { preset: 'Twilio', cidr: '10.0.0.0/8' },
    accepts: { preset: 'Twilio', media: ['10.0.0.0/8'] },
  },
  { rule: 'has(self.preset)', refuses: {}, accepts: { cidr: '10.0.0.0/8' } },
  { rule: 'exists_one(d, d == c)', refuses: ['PCMU', 'PCMU'], accepts: ['PCMA', 'PCMU'] },
  {
    rule: 'has(self.nationalPrefix)',
    refuses: { nationalPrefix: '0' },
    accepts: { nationalPrefix: '0', countryCode: '44' },
  },
]

/** Bounds of durations are made by one function: their edges are the cases. */
function casesOf(cel: string): readonly { refuses: unknown; accepts: unknown }[] {
  const bounds = /^duration\(self\) >= duration\('(\w+)'\) && duration\(self\) <= duration\('(\w+)'\)$/.exec(cel)
  if (!bounds) return CASES.filter(c => cel.includes(c.rule))
  const [min, max] = [parseDuration(bounds[1] ?? '') ?? 0, parseDuration(bounds[2] ?? '') ?? 0]
  const above = { refuses: formatDuration(max + 1), accepts: formatDuration(max) }
  return min === 0 ? [above] : [above, { refuses: formatDuration(min - 1), accepts: formatDuration(min) }]
}

const cel = new Environment({ unlistedVariablesAreDyn: true })
const holds = (rule: string, self: unknown): unknown => cel.evaluate(rule, { self })
const messagesOf = (schema: z.core.$ZodType, self: unknown): string[] =>
  ((schema as z.ZodType).safeParse(self).error?.issues ?? []).map(issue => issue.message)

describe('rules of the API', () => {
  it('are found', () => {
    expect(found.length).toBeGreaterThan(40)
    expect(new Set(found.map(f => f.cel)).size).toBeGreaterThan(25)
  })

  it('each have a case, and no case is left over', () => {
    const distinct = [...new Set(found.map(f => f.cel))].filter(rule => rule !== TRANSITION)
    expect(distinct.filter(rule => casesOf(rule).length === 0)).toEqual([])
    expect(CASES.filter(c => !distinct.some(rule => rule.includes(c.rule)))).toEqual([])
    const ambiguous = CASES.filter(c => distinct.filter(rule => rule.includes(c.rule)).length > 1)
    expect(ambiguous.map(c => c.rule)).toEqual([])
  })

  it('say something a reader can act on', () => {
    expect(found.filter(f => f.message.length < 13).map(f => f.at)).toEqual([])
  })

  const checked = found.filter(f => f.cel !== TRANSITION)
  it.each(checked.map(f => [f.at, f] as const))(
    '%s: the API server and validate agree',
    (_, { cel: rule, message, schema }) => {
      for (const { refuses, accepts } of casesOf(rule)) {
        expect({ refuses, holds: holds(rule, refuses) }).toEqual({ refuses, holds: false })
        expect({ accepts, holds: holds(rule, accepts) }).toEqual({ accepts, holds: true })
        expect(messagesOf(schema, inPlace(schema, refuses))).toContain(message)
        expect(messagesOf(schema, inPlace(schema, accepts))).not.toContain(message)
      }
    },
  )

  it('a snapshot is immutable', () => {
    const rule = found.find(f => f.cel === TRANSITION)
    expect(rule?.at).toBe('VoiceAgentRevision.spec.snapshot')
    const [self, oldSelf] = [{ hash: 'a' }, { hash: 'b' }]
    expect(cel.evaluate(TRANSITION, { self, oldSelf })).toBe(false)
    expect(cel.evaluate(TRANSITION, { self, oldSelf: { ...self } })).toBe(true)
  })
})

/** A spec alone needs a model before its own rules are looked at. */
function inPlace(schema: z.core.$ZodType, self: unknown): unknown {
  const shape = (bare(schema) as unknown as { def: { shape?: object } }).def.shape
  return shape && 'instructionsFrom' in shape ? { ...minimal.spec, instructions: undefined, ...(self as object) } : self
}
