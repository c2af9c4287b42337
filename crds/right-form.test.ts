import { expect, it } from 'vitest'
import { boundsOf, rightForm } from './right-form.ts'
import { sipTrunk } from './sip-trunk.ts'
import { voiceAgent } from './voice-agent.ts'
import { schemaAt } from './walk-schema.ts'

const of = (kind: 'VoiceAgent' | 'SipTrunk', path: string) => {
  const parts = path.split('.').map(part => (/^\d+$/.test(part) ? Number(part) : part))
  const schema = schemaAt(kind === 'VoiceAgent' ? voiceAgent : sipTrunk, ['spec', ...parts])
  if (schema === null) throw new Error(`no field ${path}`)
  return schema
}

it.each<[string, unknown, string | null]>([
  ['limits.hold', '10m', '{ max: 10m }'],
  ['silence', '5s', '{ after: 5s }'],
  ['callControl.endCall', true, '{}'],
  ['scaling', 3, '{}'],
  ['greeting', 'Hello there', '{ text: "Hello there" }'],
  ['greeting', [{ text: 'a' }], '{ text: … }'],
  ['unavailable.then', 'hangUp', '{ hangUp: {} }'],
  ['tools.0.http.headers', { 'X-A': 'b' }, '[{ name: …, value: … }]'],
  ['tools', { http: {} }, '[{ name: …, description: …, http: { … } }]'],
  ['inbound.0.match', { number: '+14155550100' }, '[{ number: "+14155550100" }]'],
  ['variables', [], '{ NAME: … }'],
  ['greeting.interruptible', 'sometimes', 'true or false'],
  ['instructions', {}, null],
  ['model.openAI.speed', 'fast', null],
])('%s: %j is written %s', (path, given, form) => {
  expect(rightForm(of('VoiceAgent', path), given)).toBe(form)
})

it('a list of words takes the word', () => {
  expect(rightForm(of('SipTrunk', 'sip.codecs'), 'PCMU')).toBe('[PCMU]')
})

it.each<[string, string | null]>([
  ['model.openAI.speed', 'from 0.25 to 1.5'],
  ['model.openAI.turnDetection.prefix_padding_ms', 'from 0 to 5000'],
  ['unavailable.then.reject', 'from 400 to 699'],
  ['model.openAI.model', '1 to 128 characters'],
  ['model.fallbacks', '1 to 4 entries'],
  ['tools', 'at most 64 entries'],
  ['limits.hold.max', null],
  ['callControl', null],
])('bounds of %s: %s', (path, bounds) => {
  expect(boundsOf(of('VoiceAgent', path))).toBe(bounds)
})
