/** docs/capabilities.md: what each leg and each session can, from the values that the call machine itself asks. */
import { VALIDATIONS } from '#crds/rule.ts'
import type { LegCapabilities, SessionCapabilities } from '#runtime/call/ports.ts'
import { legs } from '#runtime/legs/registry.ts'
import { sessions } from '#runtime/sessions/registry.ts'
import { KINDS } from './crd.ts'
import { type JsonSchema, rawSchema } from './structural.ts'

interface Line<C> {
  readonly field: keyof C & string
  /** In one sentence. */
  readonly means: string
  readonly say: (can: C) => string
}

const yes = (can: boolean): string => (can ? 'yes' : 'no')

const HEARD: Readonly<Record<LegCapabilities['heard'], string>> = {
  rtp: 'packets that left',
  mark: 'marks that came back',
  provider: 'the provider’s word',
}
const TRANSFER: Readonly<Record<LegCapabilities['transfer'], string>> = {
  refer: 'REFER, or a second leg',
  rest: 'the carrier’s REST',
  bridge: 'a second leg',
  none: 'no',
}

const LEG: readonly Line<LegCapabilities>[] = [
  {
    field: 'heard',
    means: 'What the heard milliseconds are counted by: the truth for truncation, for proof and for the record.',
    say: can => HEARD[can.heard],
  },
  {
    field: 'dtmf',
    means: 'Keys can be sent towards the caller’s side; theirs are always heard.',
    say: can => yes(can.dtmf),
  },
  {
    field: 'hold',
    means: 'It is seen that the caller holds the call, and the agent waits; `limits.hold` counts.',
    say: can => yes(can.hold),
  },
  {
    field: 'transfer',
    means: 'How the caller is handed to somebody else, where the trunk allows it.',
    say: can => TRANSFER[can.transfer],
  },
]

const SESSION: readonly Line<SessionCapabilities>[] = [
  {
    field: 'formats',
    means: 'Audio that it takes and gives at this seam; G.711 passes untouched where the provider speaks it.',
    say: can => can.formats.map(({ encoding, rateHz }) => `${encoding} ${rateHz / 1000} kHz`).join(', '),
  },
  {
    field: 'cancel',
    means: 'A response can be ended at the server; where not, what still comes of it is dropped here, and paid for.',
    say: can => yes(can.cancel),
  },
  {
    field: 'truncate',
    means:
      'The model’s memory is cut at what was heard; where not, the model is told in words, with the next text or tool answer.',
    say: can => yes(can.truncate),
  },
  {
    field: 'turns',
    means: 'Who may find the caller’s turns: the server’s ear, or ours (`model.responses: Switchboard`).',
    say: can => can.turns.map(who => (who === 'server' ? 'the server' : 'Switchboard')).join(', '),
  },
  {
    field: 'resume',
    means: 'A handle lets another session go on where one was; where not, the conversation is carried over as text.',
    say: can => yes(can.resume),
  },
  { field: 'seed', means: 'A new session can be given the conversation so far.', say: can => yes(can.seed) },
  {
    field: 'maxMs',
    means: 'The vendor ends a session after this long; another one takes over in a silence before.',
    say: ({ maxMs }) => (maxMs === null ? 'not known' : `${maxMs / 60_000} min`),
  },
]

export function capabilitiesPage(): string {
  return `${[
    '# What each leg and each session can',
    'Made by `npm run generate` from the `can` values in `runtime/legs/registry.ts` and `runtime/sessions/registry.ts`, which are what the call machine goes by. [How to add one](extending.md).',
    '## Legs: how a call reaches us (`SipTrunk`, `spec.ingress`)',
    table(LEG, legs),
    'What the schema refuses because of it, at apply and by `switchboard validate`:',
    refusals('SipTrunk', /ingress|mediaStream/),
    '## Sessions: who speaks (`VoiceAgent`, `spec.model.provider`)',
    table(SESSION, Object.fromEntries(Object.entries(sessions).map(([name, { can }]) => [name, can]))),
    'What the schema refuses because of it, beside fields that only another provider has:',
    refusals('VoiceAgent', /provider/),
    'Azure OpenAI is not in this version.',
  ].join('\n\n')}\n`
}

function table<C>(lines: readonly Line<C>[], all: Readonly<Record<string, C>>): string {
  const names = Object.keys(all)
  return [
    `| | ${names.join(' | ')} | what it means |`,
    `|---|${names.map(() => '---|').join('')}---|`,
    ...lines.map(
      ({ field, means, say }) =>
        `| \`${field}\` | ${Object.values(all)
          .map(can => say(can))
          .join(' | ')} | ${means} |`,
    ),
  ].join('\n')
}

/** Rules of a kind's spec over such fields, as they are said. */
function refusals(name: string, about: RegExp): string {
  const kind = KINDS.find(one => one.kind === name)
  const spec = kind === undefined ? undefined : rawSchema(kind.schema).properties?.['spec']
  const words = spec === undefined ? [] : wordsOf(spec, about)
  return [...new Set(words)].map(one => `- ${one}`).join('\n')
}

function wordsOf(node: JsonSchema, about: RegExp): string[] {
  const own = (node[VALIDATIONS] ?? []) as { rule: string; message: string }[]
  return [
    ...own.filter(({ rule }) => about.test(rule)).map(({ message }) => message),
    ...Object.values(node.properties ?? {}).flatMap(child => wordsOf(child, about)),
    ...(node.items === undefined ? [] : wordsOf(node.items, about)),
  ]
}
