/** What cannot be combined is refused by `switchboard validate` before anything runs, in words that say why: wrong manifests beside sound ones. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Report } from '#test/harness/report.ts'
import { start } from '#test/phones/process.ts'
import type { CallerName } from './column.ts'
import { CALLERS } from './stage.ts'

type Fields = Readonly<Record<string, unknown>>

interface Combination {
  readonly name: string
  readonly caller: CallerName
  readonly provider: 'OpenAI' | 'Gemini'
  /** Over the sound trunk's spec, and the sound agent's. */
  readonly trunk?: Fields
  readonly agent?: Fields
  /** What validate must say of it. */
  readonly says: RegExp
}

const NUMBER = '+14155550100'
const OUT = { callerIds: [NUMBER], allowedPrefixes: ['+1415'] }
/** Its trunk is the one of its own file. */
const DESK = { name: 'desk', to: { number: '+14155550199' } }
const PUT_THROUGH = { transfer: { to: ['desk'] } }
const STREAM = {
  publicURL: 'https://voice.example.com',
  accountSid: `AC${'0'.repeat(32)}`,
  credentialsRef: { name: 'twilio', key: 'authToken' },
}
const TRUNKS: Readonly<Record<CallerName, Fields>> = {
  Sip: { carrier: 'Pbx', ingress: 'Sip', sip: { peers: [{ cidr: '10.0.0.0/8' }] } },
  MediaStream: { carrier: 'Twilio', ingress: 'MediaStream', mediaStream: STREAM },
}
const KEY = { credentialsRef: { name: 'model', key: 'apiKey' } }
const MODELS = {
  OpenAI: { provider: 'OpenAI', openAI: { model: 'gpt-realtime-2.1' }, ...KEY },
  Gemini: { provider: 'Gemini', gemini: { model: 'gemini-3.8-live' }, ...KEY },
} as const

const gemini = (more: Fields): Fields => ({
  model: { ...MODELS.Gemini, gemini: { ...MODELS.Gemini.gemini, ...more } },
})
const streams = { caller: 'MediaStream', provider: 'OpenAI' } as const
const phones = { caller: 'Sip', provider: 'OpenAI' } as const
const live = { caller: 'Sip', provider: 'Gemini' } as const

export const COMBINATIONS: readonly Combination[] = [
  {
    ...streams,
    name: 'MediaStream, a choice of codec',
    trunk: { sip: { peers: [{ preset: 'Twilio' }], codecs: ['PCMA'] } },
    says: /sip is for ingress Sip: over MediaStream there is no SIP, so no peers, no choice of codec/,
  },
  {
    ...streams,
    name: 'MediaStream, extensions',
    trunk: {
      numbers: [
        { number: NUMBER, namespaces: {} },
        { range: '1000-1099', namespaces: {} },
      ],
    },
    says: /over MediaStream calls come to E\.164 numbers only/,
  },
  {
    ...streams,
    name: 'MediaStream, another carrier',
    trunk: { carrier: 'Telnyx' },
    says: /ingress MediaStream speaks with Twilio in this version/,
  },
  {
    ...streams,
    name: 'MediaStream without its account',
    trunk: { mediaStream: undefined },
    says: /ingress MediaStream needs mediaStream: the public URL, the account and its credential/,
  },
  {
    ...streams,
    name: 'MediaStream, media in the clear',
    trunk: { mediaStream: { ...STREAM, publicURL: 'http://voice.example.com' } },
    says: /needs https: the carrier opens its media socket by wss only/,
  },
  {
    ...streams,
    name: 'MediaStream, a transfer by REFER',
    trunk: { mediaStream: { ...STREAM, transfer: 'Refer' }, outbound: OUT },
    says: /mediaStream\.transfer: must be one of None, Dial/,
  },
  {
    ...streams,
    name: 'MediaStream, a destination that is no number',
    trunk: { mediaStream: { ...STREAM, transfer: 'Dial' }, outbound: OUT },
    agent: { destinations: [{ ...DESK, to: { uri: 'sip:desk@pbx.example.com' } }], callControl: PUT_THROUGH },
    says: /over MediaStream calls E\.164 numbers only/,
  },
  {
    ...streams,
    name: 'MediaStream, a transfer over a trunk that hands nobody over',
    agent: { destinations: [DESK], callControl: PUT_THROUGH },
    says: /hands no calls over: it has no spec\.mediaStream\.transfer/,
  },
  {
    ...phones,
    name: 'Sip, a media stream beside it',
    trunk: { mediaStream: STREAM },
    says: /mediaStream is for ingress MediaStream: with ingress Sip it would do nothing/,
  },
  {
    ...phones,
    name: 'Sip without peers',
    trunk: { sip: undefined },
    says: /ingress Sip needs sip: say who may send calls/,
  },
  {
    ...phones,
    name: 'Sip, a second leg with no way out',
    trunk: {
      sip: { peers: [{ cidr: '10.0.0.0/8' }], transfer: 'Bridge' },
      outbound: OUT,
    },
    says: /needs spec\.sip\.outbound: where the second call goes out to/,
  },
  {
    ...live,
    name: 'Gemini, another provider’s member',
    agent: { model: { provider: 'Gemini', openAI: { model: 'gpt-realtime-2.1' } } },
    says: /gemini belongs to provider: Gemini, which needs it/,
  },
  {
    ...live,
    name: 'Gemini, OpenAI’s way to find turns',
    agent: gemini({ turnDetection: { type: 'semantic_vad' } }),
    says: /gemini\.turnDetection: unknown field[\s\S]*belongs to spec\.model\.openAI\.turnDetection/,
  },
  {
    ...live,
    name: 'Gemini, a transcription model of its own',
    agent: gemini({ transcription: { model: 'gpt-4o-mini-transcribe' } }),
    says: /gemini\.transcription: unknown field/,
  },
  {
    ...live,
    name: 'Gemini, a key in its address',
    agent: gemini({ baseURL: 'https://proxy.example/?key=AIzaSy' }),
    says: /must not carry a key: use credentialsRef/,
  },
  {
    ...live,
    name: 'Gemini, a disclosure that nothing renders',
    agent: { disclosures: [{ name: 'machine', text: 'This is a machine.' }] },
    says: /nothing renders the text of disclosures and verbatim prompts/,
  },
  {
    ...phones,
    name: 'OpenAI, Gemini’s ear',
    agent: { model: { provider: 'OpenAI', openAI: { ...MODELS.OpenAI.openAI, activityDetection: {} } } },
    says: /openAI\.activityDetection: unknown field[\s\S]*belongs to spec\.model\.gemini\.activityDetection/,
  },
]

export async function refused(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'refused-'))
  try {
    const sound = CALLERS.flatMap(caller => (['OpenAI', 'Gemini'] as const).map(provider => ({ caller, provider })))
    for (const [i, cell] of sound.entries()) write(folder, `sound-${i}`, cell)
    for (const [i, combination] of COMBINATIONS.entries()) write(folder, `wrong-${i}`, combination)
    // one process for all: each file is judged by what is said of it
    const child = start(process.execPath, ['cli/main.ts', 'validate', '-f', folder])
    const code = await child.exited
    const said = child.output()
    const ran = said.includes('wrong-0.yaml')
    report.check(
      'sound manifests of all cells: nothing is said of them',
      ran && code === 1 && !said.includes('/sound-'),
    )
    for (const [i, { name, says }] of COMBINATIONS.entries()) {
      const own = said.split(/\n(?=\S*\.yaml:\d)/).filter(finding => finding.includes(`/wrong-${i}.yaml:`))
      const error = own.find(finding => says.test(finding) && / error /.test(finding))
      const words = / error (\S+: [^\n[]*)/.exec(error ?? '')?.[1]?.trim()
      const instead = /\^ (.+)/.exec(error ?? '')?.[1]
      const shown = `${words}${instead === undefined ? '' : ` (${instead})`}`
      report.check(
        `refused: ${name}`,
        words !== undefined,
        words === undefined ? own.join(' ') || 'nothing was said' : shown,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function write(folder: string, name: string, cell: Omit<Combination, 'name' | 'says'>): void {
  const destinations = cell.agent?.['destinations'] as readonly object[] | undefined
  const meta = { apiVersion: 'switchboard.dev/v1alpha1' }
  const numbers = [{ number: NUMBER, namespaces: {} }]
  const objects = [
    {
      ...meta,
      kind: 'SipTrunk',
      metadata: { name, namespace: 'telephony' },
      spec: { numbers, ...TRUNKS[cell.caller], ...cell.trunk },
    },
    {
      ...meta,
      kind: 'VoiceAgent',
      metadata: { name, namespace: 'telephony' },
      spec: {
        model: MODELS[cell.provider],
        instructions: 'Be kind.',
        inbound: [{ name: 'main', trunkRef: { name }, match: [{ number: NUMBER }] }],
        ...cell.agent,
        ...(destinations && { destinations: destinations.map(one => ({ ...one, trunkRef: { name } })) }),
      },
    },
  ]
  writeFileSync(join(folder, `${name}.yaml`), objects.map(o => stringify(o)).join('---\n'))
}
