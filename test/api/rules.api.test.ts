import { beforeAll, describe, expect, it } from 'vitest'
import { casesOf, type RuleCase } from '#crds/rule-cases.ts'
import { voiceAgent } from '#crds/voice-agent.ts'
import { type Kind, PLURALS, readCrd, schemaOf } from './crds.ts'
import { fieldOf, place, type SchemaPath, schemas } from './place.ts'
import { causesOf, client, makeNamespace, pathOf } from './server.ts'

const NAMESPACE = 'rules'
beforeAll(() => makeNamespace(NAMESPACE))

interface Rule {
  readonly kind: Kind
  readonly path: SchemaPath
  readonly rule: string
  readonly message: string
  readonly field: string
}

const rules: readonly Rule[] = (Object.keys(PLURALS) as Kind[]).flatMap(kind =>
  [...schemas(schemaOf(readCrd(kind)))].flatMap(([path, schema]) =>
    (schema['x-kubernetes-validations'] ?? []).map(({ rule, message, fieldPath = '' }) => ({
      kind,
      path,
      rule,
      message,
      field: `${fieldOf(path)}${fieldPath}`.replace(/^\./, ''),
    })),
  ),
)

/** Forms of texts and bounds of fractions, by what is said of them. */
const FORMS: Readonly<Record<string, readonly Omit<RuleCase, 'rule'>[]>> = {
  'must be lower-case letters, digits and -, with a letter or digit at both ends': [
    { refuses: 'Reception', accepts: 'reception-2' },
    { refuses: 'a.b', accepts: '1' },
    { refuses: '-a', accepts: 'a-b' },
  ],
  'must be lower-case letters, digits, - and ., with a letter or digit at both ends': [
    { refuses: 'a_b', accepts: 'a.b-c' },
    { refuses: 'a.', accepts: 'a' },
  ],
  'must be letters, digits, -, _ and .': [{ refuses: 'a/b', accepts: 'A_b-c.1' }],
  'must be letters, digits, _ and -': [{ refuses: 'find appointment', accepts: 'find_appointment-2' }],
  'must be a SHA-256 digest in lower-case hex': [{ refuses: 'A'.repeat(64), accepts: '0'.repeat(64) }],
  'must be a URL with http, https, ws or wss': [
    { refuses: 'api.openai.com', accepts: 'ws://127.0.0.1:8090/v1' },
    { refuses: 'ftp://a', accepts: 'https://a/b?c=d' },
  ],
  'must be a URL with http or https': [
    { refuses: 'calendar.acme/find', accepts: 'http://calendar.acme' },
    { refuses: 'http://a b', accepts: 'https://a/b' },
  ],
  'Write a number and a unit, such as 500ms, 30s, 5m or 1h30m.': [
    { refuses: '30 seconds', accepts: '40ms' },
    { refuses: '5', accepts: '0.02s' },
    { refuses: '', accepts: '60ms' },
  ],
  'must be one key: 0-9, *, # or A-D': [
    { refuses: 'x', accepts: '*' },
    { refuses: ' ', accepts: '' },
  ],
  'must be the name of a header': [{ refuses: 'x tenant', accepts: "x-tenant!#$%&'*+.^_`|~" }],
  'must be one line': [
    { refuses: 'a\r\nb: c', accepts: 'a "b" \\ c' },
    { refuses: 'a\n', accepts: '' },
  ],
  'must be E.164 with +, or an extension: digits, * and # only': [
    { refuses: '(415) 555-0100', accepts: '+14155550100' },
    { refuses: '+0123', accepts: '*100#' },
    { refuses: '', accepts: '1001' },
  ],
  'must be two numbers with - between them, or the beginning of numbers with * behind it': [
    { refuses: '+1415x', accepts: '+1415*' },
    { refuses: '1-2-3', accepts: '100-199' },
  ],
  'must be the user part of a SIP address': [{ refuses: 'a@b', accepts: "a.b~c!$&'()*+=-_" }],
  'must be at least 0.25': [{ refuses: 0.24, accepts: 0.25 }],
  'must be at most 1.5': [{ refuses: 2, accepts: 1 }],
  'must be at least 0': [{ refuses: -0.1, accepts: 0 }],
  'must be at most 1': [{ refuses: 1.1, accepts: 1 }],
  'must be a language such as en-US': [{ refuses: 'english language', accepts: 'en-US' }],
  'must be at most 2': [{ refuses: 2.1, accepts: 1 }],
  'must be at most 4': [{ refuses: 4.1, accepts: 1 }],
  'must be letters, digits and _, with no digit first': [{ refuses: '1st', accepts: 'customer_2' }],
  'must be a header of your own, X-…, or User-to-User': [{ refuses: 'Via', accepts: 'X-Ticket' }],
  'must be keys: 0-9, * and #': [{ refuses: 'x', accepts: '*0#' }],
  'must be sip:user@host': [{ refuses: 'tel:+14155550199', accepts: 'sip:desk@pbx.acme' }],
  'must be a host name or an IPv4 address': [{ refuses: 'a b', accepts: 'sbc.example.com' }],
  'must be a URL with https, without a user, a query or a fragment': [
    { refuses: 'https://a.example/?b=c', accepts: 'https://voice.example.com' },
  ],
  'must be an Account SID: AC and 32 hexadecimal digits': [{ refuses: 'AC1', accepts: `AC${'0'.repeat(32)}` }],
  'must be E.164 with +, or an extension': [{ refuses: '0123x', accepts: '+14155550100' }],
  'must be the beginning of a number: +1, or digits of an extension': [{ refuses: '+', accepts: '+1415' }],
  'must be digits only': [{ refuses: '+44', accepts: '44' }],
  'must be a quantity, such as "2", 500m or 1Gi': [
    { refuses: '1GB', accepts: '512Mi' },
    { refuses: '-1', accepts: '0.5' },
  ],
  'must be a label: letters, digits, -, _ and ., perhaps after a domain and /': [
    { refuses: 'a/b/c', accepts: 'node.example.com/pool' },
    { refuses: '-a', accepts: 'voice_1' },
  ],
  'must be letters, digits, -, _ and ., with a letter or digit at both ends': [
    { refuses: 'a b', accepts: 'A_b-c.1' },
    { refuses: 'a-', accepts: '' },
  ],
}

/**
 * Rules over several members that the full object cannot be made to meet one at a time. `crds/rules.test.ts` holds each to its cases in CEL, and the
 * wrong manifests and examples meet some of them here; on a server they are not tried one by one.
 */
const TOGETHER: readonly string[] = [
  'VoiceAgent spec.callControl.transfer.to: names a destination',
  'VoiceAgent spec.callControl.transfer.to[0]: must be lower-case',
  'VoiceAgent spec.callControl.human.destination: is not the name',
  'VoiceAgent spec.speech: nothing renders',
  'VoiceAgent spec.model.fallbacks[0]: openAI belongs',
  'VoiceAgent spec.model.fallbacks[0]: gemini belongs',
  'VoiceAgent spec.context.variables[0]: header belongs',
  'VoiceAgent spec.destinations[0].name: must be lower-case',
  'VoiceAgent spec.destinations[0].to.uri: is an emergency number',
  'SipTrunk spec.sip.transfer: transfer needs',
  'SipTrunk spec.sip: ingress Sip needs',
  'SipTrunk spec.sip: sip is for',
  'SipTrunk spec.mediaStream.transfer: transfer needs',
  'SipTrunk spec.outbound: over MediaStream',
  'SipTrunk spec.mediaStream: ingress MediaStream needs',
  'SipTrunk spec.mediaStream: mediaStream is for',
  'SipTrunk spec.carrier: ingress MediaStream speaks',
  'SipTrunk spec.numbers: over MediaStream',
]
const nameOf = ({ kind, field, message }: Rule): string => `${kind} ${field}: ${message}`
const isTogether = (rule: Rule): boolean => TOGETHER.some(name => nameOf(rule).startsWith(name))

const isTransition = ({ rule }: Rule): boolean => rule.includes('oldSelf')
const cases = (rule: Rule): readonly Omit<RuleCase, 'rule'>[] => FORMS[rule.message] ?? casesOf(rule.rule)
const judge = (rule: Rule, value: unknown) =>
  client.request(
    'POST',
    `${pathOf(rule.kind, NAMESPACE)}?dryRun=All&fieldValidation=Strict`,
    place(rule.kind, rule.path, value),
  )

describe('every rule of the CRDs', () => {
  it('has a case, and every form is met', () => {
    expect(rules.length).toBeGreaterThan(90)
    expect(rules.filter(r => !isTransition(r) && cases(r).length === 0)).toEqual([])
    expect(TOGETHER.filter(name => !rules.some(rule => nameOf(rule).startsWith(name)))).toEqual([])
    expect(Object.keys(FORMS).filter(message => !rules.some(r => r.message === message))).toEqual([])
  })

  const named = rules.filter(r => !isTransition(r) && !isTogether(r)).map(r => [nameOf(r), r] as const)
  it.each(named)('%s', async (_, rule) => {
    const place = rule.field === '' ? '<nil>' : rule.field
    // Other rules on the same value may have their say: a length of time may be too long and no multiple of 20 ms.
    const neighbours = rules.filter(r => r.kind === rule.kind && r.field === rule.field && r !== rule)
    const known = (message: string): boolean => neighbours.some(r => message.includes(r.message))
    for (const { refuses, accepts } of cases(rule)) {
      const refused = await judge(rule, refuses)
      expect({ refuses, status: refused.status }).toEqual({ refuses, status: 422 })
      const mine = causesOf(refused).filter(c => c.message.includes(rule.message))
      expect({ refuses, at: mine.map(c => c.field) }).toEqual({ refuses, at: [place] })
      const accepted = await judge(rule, accepts)
      const strange = causesOf(accepted).filter(c => c.field !== place || !known(c.message))
      expect({ accepts, strange }).toEqual({ accepts, strange: [] })
      expect({ accepts, sound: accepted.status === 201 || causesOf(accepted).length > 0 }).toEqual({
        accepts,
        sound: true,
      })
    }
  })

  it('and a map that is too large is refused in the words of validate', async () => {
    const variables = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`v${i}`, '']))
    const object = place('VoiceAgent', ['spec', 'variables'], variables)
    const refused = await client.request('POST', `${pathOf('VoiceAgent', NAMESPACE)}?dryRun=All`, object)
    const [issue] = voiceAgent.safeParse(object).error?.issues ?? []
    expect(causesOf(refused)[0]?.message).toContain(issue?.message)
  })
})
