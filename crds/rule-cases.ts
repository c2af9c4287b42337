/** What each rule of the API refuses and what it accepts: for the tests of `validate`, and for those on a real API server. */
import { formatDuration, parseDuration } from './duration.ts'

export interface RuleCase {
  /** Part of the rule's CEL. */
  readonly rule: string
  /** It is all of the rule: others hold the same words. */
  readonly whole?: true
  /** Values that the rule stands on: its `self`. */
  readonly refuses: unknown
  readonly accepts: unknown
}

export const minimal = {
  apiVersion: 'switchboard.dev/v1alpha1',
  kind: 'VoiceAgent',
  spec: { instructions: 'Be kind.', model: { provider: 'OpenAI', openAI: { model: 'm' } } },
}
const streamed = {
  carrier: 'Twilio',
  ingress: 'MediaStream',
  numbers: [{ number: '+14155550100' }],
  mediaStream: {
    publicURL: 'https://voice.example.com',
    accountSid: `AC${'0'.repeat(32)}`,
    credentialsRef: { kind: 'Secret', name: 'twilio', key: 'authToken' },
    apiURL: 'https://api.twilio.com',
  },
}
const DESK = { name: 'desk', to: { number: '+14155550199' }, trunkRef: { name: 'pbx' } }
const TRUNK = { carrier: 'Pbx', ingress: 'Sip', sip: { peers: [{ cidr: '10.0.0.0/8' }] } }
const OUT = { callerIds: ['+14155550100'], allowedPrefixes: ['+1'] }
const named = (name: string) => ({ ...minimal, metadata: { name } })

export const CASES: readonly RuleCase[] = [
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
    rule: "'^[a-z]+://[^/?#]*@'",
    refuses: 'wss://user:secret@api.example/v1',
    accepts: 'wss://api.example/v1?x=@',
  },
  {
    rule: "self.from == 'Header')",
    refuses: { name: 'a', from: 'Header' },
    accepts: { name: 'a', from: 'Header', header: 'X-A' },
  },
  {
    rule: "self.from == 'Http' ||",
    refuses: { name: 'a', from: 'CallerName', field: 'b' },
    accepts: { name: 'a', from: 'Http', field: 'b' },
  },
  {
    rule: 'has(self.http) ==',
    refuses: { variables: [{ name: 'a', from: 'Http' }] },
    accepts: { variables: [{ name: 'a', from: 'CallerName' }] },
  },
  {
    rule: "!self.matches('[?&](key|access_token)=')",
    refuses: 'https://proxy.example/?key=AIza',
    accepts: 'https://proxy.example/?monkey=1',
  },
  {
    rule: "(self.provider == 'OpenAI') == has(self.openAI)",
    refuses: { provider: 'OpenAI', gemini: { model: 'm' } },
    accepts: { provider: 'OpenAI', openAI: { model: 'm' } },
  },
  {
    rule: "(self.provider == 'Gemini') == has(self.gemini)",
    refuses: { provider: 'OpenAI', openAI: { model: 'm' }, gemini: { model: 'm' } },
    accepts: { provider: 'Gemini', gemini: { model: 'm' } },
  },
  { rule: "duration(self) in [duration('20ms')", refuses: '30ms', accepts: '60ms' },
  {
    rule: 'has(self.text), has(self.audioFrom), has(self.builtIn)',
    refuses: { text: 'a', builtIn: 'Apology' },
    accepts: { text: 'a' },
  },
  {
    rule: 'has(self.text), has(self.audioFrom), has(self.builtIn)',
    refuses: { interruptible: true },
    accepts: { builtIn: 'Apology' },
  },
  { rule: 'has(self.hangUp), has(self.reject)', refuses: { hangUp: {}, reject: 480 }, accepts: { reject: 480 } },
  { rule: 'has(self.hangUp), has(self.reject)', refuses: {}, accepts: { hangUp: {} } },
  { rule: "self != 'transfer_call'", refuses: 'transfer_call', accepts: 'transfer' },
  { rule: "matches('^[+]?[09]?(112|", refuses: '9911', accepts: '+14155550199' },
  { rule: "matches('^[+]?[09]?(112|", refuses: '112', accepts: '1120' },
  { rule: "matches('^[+](979|", refuses: '+19005550100', accepts: '+19015550100' },
  { rule: "matches('^[+](979|", refuses: '+4490912345', accepts: '+442079460000' },
  { rule: "matches('^sip:[+]?[09]?(112|", refuses: 'sip:911@pbx.acme', accepts: 'sip:1911@pbx.acme' },
  { rule: 'has(self.number), has(self.uri)', refuses: { number: '100', uri: 'sip:a@b' }, accepts: { uri: 'sip:a@b' } },
  { rule: 'has(self.number), has(self.uri)', refuses: {}, accepts: { number: '100' } },
  { rule: 'has(self.agent)', refuses: { agent: {}, hangUp: {} }, accepts: { agent: {} } },
  {
    rule: 'self.callControl.transfer.to.all',
    refuses: { callControl: { transfer: { to: ['desk'] } } },
    accepts: { callControl: { transfer: { to: ['desk'] } }, destinations: [DESK] },
  },
  {
    rule: 'd.name == self.callControl.human.destination',
    refuses: { callControl: { human: { destination: 'desks' } }, destinations: [DESK] },
    accepts: { callControl: { human: { destination: 'desk' } }, destinations: [DESK] },
  },
  { rule: '[has(self.text), has(self.audioFrom)].', refuses: { name: 'a' }, accepts: { name: 'a', text: 'Recorded.' } },
  {
    rule: 'self.model.fallbacks.exists(f',
    refuses: { model: { provider: 'Gemini', gemini: { model: 'm' } }, disclosures: [{ name: 'a', text: 'Recorded.' }] },
    accepts: {
      model: { provider: 'Gemini', gemini: { model: 'm' } },
      disclosures: [{ name: 'a', text: 'Recorded.' }],
      speech: {},
    },
  },
  {
    rule: 'self.model.fallbacks.exists(f',
    refuses: { model: { provider: 'Gemini', gemini: { model: 'm' } }, greeting: { text: 'Hello.', verbatim: true } },
    accepts: { model: { provider: 'OpenAI', openAI: { model: 'm' } }, greeting: { text: 'Hello.', verbatim: true } },
  },
  {
    rule: "self.sip.transfer == 'None'",
    refuses: { ...TRUNK, sip: { ...TRUNK.sip, transfer: 'Refer' } },
    accepts: { ...TRUNK, sip: { ...TRUNK.sip, transfer: 'Refer' }, outbound: OUT },
  },
  {
    rule: "self.sip.transfer in ['Bridge'",
    refuses: { ...TRUNK, sip: { ...TRUNK.sip, transfer: 'Bridge' }, outbound: OUT },
    accepts: { ...TRUNK, sip: { ...TRUNK.sip, transfer: 'Bridge', outbound: { host: 'pbx.acme' } }, outbound: OUT },
  },
  {
    rule: "self.mediaStream.transfer == 'None'",
    refuses: { ...streamed, mediaStream: { ...streamed.mediaStream, transfer: 'Dial' } },
    accepts: { ...streamed, mediaStream: { ...streamed.mediaStream, transfer: 'Dial' }, outbound: OUT },
  },
  {
    rule: 'self.outbound.callerIds.all',
    refuses: { ...streamed, outbound: { ...OUT, allowedPrefixes: ['2'] } },
    accepts: { ...streamed, outbound: OUT },
  },
  {
    rule: 'self.outbound.callerIds.all',
    refuses: { ...streamed, outbound: { ...OUT, callerIds: ['201'] } },
    accepts: { ...TRUNK, outbound: { ...OUT, callerIds: ['201'] } },
  },
  { rule: "self != 'end_call'", refuses: 'end_call', accepts: 'find_appointment' },
  { rule: '^https?://[^/?#]*@', refuses: 'http://a:b@calendar.acme/find', accepts: 'http://calendar.acme/find?at=@' },
  {
    rule: '169[.]254',
    refuses: 'http://169.254.169.254/latest/meta-data',
    accepts: 'http://10.169.254.1/find',
  },
  { rule: '169[.]254', refuses: 'http://[fe80::1]/find', accepts: 'http://[fd00::1]/find' },
  { rule: '169[.]254', refuses: 'http://metadata.google.internal/x', accepts: 'http://metadata.acme/x' },
  { rule: '169[.]254', refuses: 'http://[::FFFF:a9fe:a9fe]/x', accepts: 'http://[::ffff:10.1.2.3]/x' },
  { rule: '169[.]254', refuses: 'http://[FEA0::1]/find', accepts: 'http://calendar.acme/x?to=http://169.254.1.1' },
  {
    rule: 'has(self.number), has(self.range)',
    refuses: { number: '1001', user: 'reception' },
    accepts: { user: 'reception' },
  },
  { rule: 'has(self.number), has(self.range)', refuses: {}, accepts: { range: '1000-1099' } },
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
  { rule: 'isCIDR(self)', whole: true, refuses: '10.0.0.1', accepts: '10.0.0.1/32' },
  { rule: 'isCIDR(self)', whole: true, refuses: '300.1.1.0/24', accepts: '2001:db8::/32' },
  { rule: 'isCIDR(self)', whole: true, refuses: '::ffff:10.0.0.0/24', accepts: '10.1.2.0/24' },
  { rule: 'masked()', refuses: '10.0.0.1/8', accepts: '10.0.0.0/8' },
  { rule: 'masked()', refuses: '2001:db8::1/32', accepts: '2001:db8::/32' },
  { rule: "endsWith('/0')", refuses: '0.0.0.0/0', accepts: '10.0.0.0/8' },
  {
    rule: 'has(self.preset)',
    refuses: { preset: 'Twilio', cidr: '10.0.0.0/8' },
    accepts: { preset: 'Twilio', media: ['10.0.0.0/8'] },
  },
  { rule: 'has(self.preset)', refuses: {}, accepts: { cidr: '10.0.0.0/8' } },
  { rule: 'exists_one(d, d == c)', refuses: ['PCMU', 'PCMU'], accepts: ['PCMA', 'PCMU'] },
  {
    rule: 'size(key) <= 317',
    refuses: { 'not a label': 'x' },
    accepts: { 'node.example.com/pool': 'voice', zone: '' },
  },
  {
    rule: 'self.exists(key',
    refuses: { 'switchboard.dev/agent': 'mine' },
    accepts: { team: 'voice', 'app.kubernetes.io/part-of': 'clinic' },
  },
  {
    rule: 'self.exists(key',
    refuses: { 'app.kubernetes.io/managed-by': 'me' },
    accepts: { 'my-switchboard.dev.example/agent': 'x' },
  },
  {
    rule: "self.operator != 'Exists'",
    refuses: { key: 'a', operator: 'Exists', value: 'b' },
    accepts: { key: 'a', operator: 'Exists' },
  },
  {
    rule: 'has(self.key) || self.operator',
    refuses: { operator: 'Equal', value: 'b' },
    accepts: { operator: 'Exists' },
  },
  {
    rule: 'has(self.tolerationSeconds)',
    refuses: { key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 60 },
    accepts: { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
  },
  {
    rule: 'has(self.nationalPrefix)',
    refuses: { nationalPrefix: '0' },
    accepts: { nationalPrefix: '0', countryCode: '44' },
  },
  { rule: "self.startsWith('https://')", refuses: 'http://voice.example.com', accepts: 'https://voice.example.com' },
  { rule: "self.startsWith('https://')", refuses: 'http://127.0.0.1.example.com', accepts: 'http://127.0.0.1:8081' },
  {
    rule: "self.ingress != 'Sip' || has(self.sip)",
    refuses: { carrier: 'Pbx', ingress: 'Sip', numbers: [] },
    accepts: { carrier: 'Pbx', ingress: 'Sip', numbers: [], sip: { peers: [{ preset: 'Twilio' }] } },
  },
  {
    rule: "self.ingress == 'Sip' || !has(self.sip)",
    refuses: { ...streamed, sip: { peers: [{ preset: 'Twilio' }] } },
    accepts: streamed,
  },
  {
    rule: "self.ingress != 'MediaStream' || has(self.mediaStream)",
    refuses: { carrier: 'Twilio', ingress: 'MediaStream', numbers: [] },
    accepts: streamed,
  },
  {
    rule: "self.ingress == 'MediaStream' || !has(self.mediaStream)",
    refuses: { ...streamed, ingress: 'Sip', sip: { peers: [{ preset: 'Twilio' }] } },
    accepts: streamed,
  },
  {
    rule: "self.ingress != 'MediaStream' || self.carrier == 'Twilio'",
    refuses: { ...streamed, carrier: 'Telnyx' },
    accepts: streamed,
  },
  {
    rule: 'self.numbers.all(n',
    refuses: { ...streamed, numbers: [{ user: 'reception' }] },
    accepts: { ...streamed, numbers: [{ number: '+14155550100' }, { range: '+1415*' }] },
  },
]

export function isAbout({ rule, whole }: RuleCase, cel: string): boolean {
  return whole ? cel === rule : cel.includes(rule)
}

/** Bounds of durations are made by one function: their edges are the cases. */
export function casesOf(cel: string): readonly Omit<RuleCase, 'rule'>[] {
  const bounds = / duration\(self\) >= duration\('(\w+)'\) && duration\(self\) <= duration\('(\w+)'\)$/.exec(cel)
  if (!bounds) return CASES.filter(c => isAbout(c, cel))
  const [min, max] = [parseDuration(bounds[1] ?? '') ?? 0, parseDuration(bounds[2] ?? '') ?? 0]
  const above = { refuses: formatDuration(max + 1), accepts: formatDuration(max) }
  return min === 0 ? [above] : [above, { refuses: formatDuration(min - 1), accepts: formatDuration(min) }]
}
