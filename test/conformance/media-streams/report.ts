/** The rows of a run. */
import type { TwilioSimulator } from '#simulators/twilio/start.ts'
import type { Report } from '#test/harness/report.ts'
import type { Conversation } from './main.ts'

interface About {
  readonly interruptions: number
  readonly toolCalls: number
  readonly requests: TwilioSimulator['requests']
}

/** The recording is read to a few samples. */
const READ_MS = 1
/** A group of frames that was sent and not confirmed. More is missing only where the machine stood still between a pause and its end. */
const LEAST_MS = -40
/** Of an item that is cut: the lead of 100 ms, a group of frames, what was on its way. In audio: while a worker stands still it sends nothing. */
const HEARD_ON_MS = 200
/** The lead and a group. */
const DEPTH_MS = 140
/** Lead, round trip before it was measured, slack and a group: what we let be under way when the carrier stands still. The model has sent seconds by then. */
const DEEPEST_MS = 400

export function report(out: Report, all: readonly Conversation[], about: About): void {
  const n = all.length
  const count = (holds: (one: Conversation) => boolean): number => all.filter(holds).length
  const each = (name: string, holds: (one: Conversation) => boolean): void => {
    const met = count(holds)
    out.row({ name, value: met, aim: `${n}`, ok: met === n })
  }
  each('calls answered, with one TwiML, nothing that Twilio would not take', ({ call }) => {
    const { twiml, faults } = call.view
    return twiml.length === 1 && faults.length === 0 && call.caller.events.some(e => e.type === 'answered')
  })
  each('greeting heard from its first sample to its last', ({ heard: [first] }) => {
    return (
      first !== undefined &&
      first.truncatedMs === null &&
      first.heardMs >= first.audioMs - READ_MS &&
      first.missing === 0
    )
  })
  each('tool called and its answer spoken', ({ events }) =>
    events.some(e => e.dir === 'in' && JSON.stringify(e.event ?? {}).includes('function_call_output')),
  )
  out.row({ name: 'requests at the tool', value: about.toolCalls, aim: `>= ${n}`, ok: about.toolCalls >= n })
  each('keys told to the model', ({ events }) =>
    events.some(e => e.dir === 'in' && e.type === 'conversation.item.create' && /\b12\b/.test(JSON.stringify(e.event))),
  )
  each(
    'scripts of the callers carried out, all they expected came true',
    ({ call }) => failuresOf(call.caller.events).length === 0,
  )
  for (const { call } of all) for (const failure of failuresOf(call.caller.events)) out.note(failure)
  each('ended by whom it should be', ({ call, by }) =>
    call.caller.events.some(e => e.type === 'ended' && e.by === (by === 'caller' ? 'local' : 'remote')),
  )
  const asked = about.requests.filter(({ form }) => form['Status'] === 'completed')
  const ours = count(({ by }) => by === 'agent')
  out.row({
    name: 'hang-ups asked for by REST, with the right credential',
    value: asked.filter(({ ok }) => ok).length,
    aim: `${ours}`,
    ok: asked.length === ours && asked.every(({ ok }) => ok),
  })
  interruptions(out, all, about.interruptions * n)
  const depths = all.flatMap(({ call }) => call.view.depthsMs).sort((a, b) => a - b)
  upTo(out, 'audio in Twilio’s buffer while it plays, p50', middleOf(depths), DEPTH_MS)
  upTo(out, '… most that ever lay there', depths.at(-1) ?? Number.NaN, DEEPEST_MS)
}

function interruptions(out: Report, all: readonly Conversation[], wanted: number): void {
  const items = all.flatMap(({ heard }) => heard)
  const cut = items.filter(({ truncatedMs }) => truncatedMs !== null)
  const audible = cut.filter(({ heardMs }) => heardMs > 0)
  out.row({
    name: 'items cut by a caller',
    value: audible.length,
    aim: `>= ${wanted * 0.6}`,
    ok: audible.length >= wanted * 0.6,
  })
  const on = audible.flatMap(({ afterSpeechMs }) => afterSpeechMs ?? []).sort((a, b) => a - b)
  upTo(out, 'heard of the agent from speech_started on, p50', middleOf(on), HEARD_ON_MS)
  // a provider that stands still between its word and its socket adds to it, so this one is no must
  out.row({ name: `… most of ${on.length}`, value: on.at(-1) ?? Number.NaN, unit: 'ms', ok: on.length > 0 })
  const errors = cut.map(({ truncatedMs, heardMs }) => (truncatedMs ?? 0) - heardMs).sort((a, b) => a - b)
  const [least = Number.NaN, most = Number.NaN] = [errors[0], errors.at(-1)]
  out.row({
    name: `truncated − heard of ${errors.length} items, least … most`,
    value: `${least.toFixed(1)} … ${most.toFixed(1)}`,
    unit: 'ms',
    aim: `never above ${READ_MS}`,
    ok: errors.length > 0 && most <= READ_MS,
  })
  const middle = middleOf(errors)
  out.row({ name: '… p50', value: middle, unit: 'ms', aim: `>= ${LEAST_MS}`, ok: middle >= LEAST_MS })
  const unheard = cut.filter(({ heardMs }) => heardMs === 0)
  out.row({
    name: 'items never heard, truncated to 0',
    value: unheard.length,
    ok: unheard.every(i => i.truncatedMs === 0),
  })
  const whole = items.filter(({ truncatedMs }) => truncatedMs === null)
  const short = whole.filter(({ heardMs, audioMs }) => heardMs < audioMs - 20 - READ_MS)
  // the last one of a call may be cut by its end: the provider is told nothing of that
  out.row({
    name: 'items of which the provider thinks that all was heard, and it was not',
    value: short.length,
    aim: `<= ${all.length}`,
    ok: short.length <= all.length,
  })
  const holes = items.reduce((sum, { missing }) => sum + missing, 0)
  const torn = all.reduce((sum, { call }) => sum + call.view.torn, 0)
  out.row({
    name: 'frames not read within what was heard',
    value: holes,
    aim: `<= ${torn}, that the carrier tore`,
    ok: holes <= torn,
  })
}

const middleOf = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN

/** Audio, in ms. */
function upTo(out: Report, name: string, value: number, most: number): void {
  out.row({ name, value, unit: 'ms', aim: `<= ${most}`, ok: value <= most })
}

function failuresOf(events: Conversation['call']['caller']['events']): string[] {
  return events.flatMap(e =>
    e.type === 'expected' && !e.ok ? [`${e.what}: ${e.seen}`] : e.type === 'fault' ? [e.detail] : [],
  )
}
