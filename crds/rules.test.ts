import { Environment } from '@marcbachmann/cel-js'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { isCidr, isMasked, maskedCidr } from './cidr.ts'
import { VALIDATIONS } from './rule.ts'
import { CASES, casesOf, isAbout, minimal } from './rule-cases.ts'
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

const cel = new Environment({ unlistedVariablesAreDyn: true })
// Kubernetes' own (https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-library).
cel.registerFunction('isCIDR(string): bool', isCidr)
cel.registerFunction('cidr(string): string', (text: string) => text)
cel.registerFunction('string.masked(): string', (text: string) => (isMasked(text) ? text : maskedCidr(text)))
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
    expect(CASES.filter(c => !distinct.some(rule => isAbout(c, rule)))).toEqual([])
    const ambiguous = CASES.filter(c => distinct.filter(rule => isAbout(c, rule)).length > 1)
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

/** A spec alone needs a model before its own rules are looked at, and a fallback its name. */
function inPlace(schema: z.core.$ZodType, self: unknown): unknown {
  const shape = (bare(schema) as unknown as { def: { shape?: object } }).def.shape
  if (shape && 'openAI' in shape && 'name' in shape) return { name: 'eu', ...(self as object) }
  return shape && 'instructionsFrom' in shape ? { ...minimal.spec, instructions: undefined, ...(self as object) } : self
}
