/** Disclosures, by the watermark in what the caller recorded: whole, in order, before the agent, and as long as the record says. */
import { decode } from '#simulators/watermark/decode.ts'
import { type HeardOf, heardOf } from '#simulators/watermark/heard.ts'
import type { Caller } from '#test/faults/caller.ts'
import type { Entry, Stage } from '#test/faults/stage.ts'
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'

const PER_MS = 8
/** A frame of the phone. */
const FRAME_MS = 20
const PATIENCE_MS = 20_000

interface Rendered {
  readonly mark: number
  readonly ms: number
}

/** The texts as they were rendered, in the order of their declaration. */
function renderedBy(stage: Stage, agent: string, texts: readonly string[]): Rendered[] {
  const { log } = stage.provider(agent)
  return texts.map(text => {
    const event = log.find(e => e.type === 'audio.speech' && e.event?.['input'] === text)?.event
    return { mark: Number(event?.['mark'] ?? 0), ms: Number(event?.['ms'] ?? 0) }
  })
}

function heardIn(caller: Caller, mark: number): HeardOf | null {
  const sound = caller.rtp.heard()
  return heardOf(sound, decode(sound), mark)
}

/** Watermark numbers of the session's own items, as far as they were heard, first first. */
function agentHeard(stage: Stage, agent: string, caller: Caller): HeardOf[] {
  const marks = stage.provider(agent).sessions.flatMap(s => s.items.flatMap(({ mark }) => mark ?? []))
  return marks.flatMap(mark => heardIn(caller, mark) ?? []).toSorted((a, b) => a.firstSample - b.firstSample)
}

const entryOf = (entries: readonly Entry[], name: string): Entry | undefined =>
  entries.find(e => e.kind === 'disclosure' && e['name'] === name)

const TEXTS = ['You are speaking with an automated assistant.', 'This call is recorded.']
const NAMES = ['machine', 'recording']

/** The caller speaks into the first one, and is answered after the greeting. */
export async function disclosed(report: Report, stage: Stage, agent: string): Promise<void> {
  const rendered = renderedBy(stage, agent, TEXTS)
  const caller = await stage.dial(agent)
  try {
    await caller.answered()
    await until(() => heardIn(caller, rendered[0]?.mark ?? 0) !== null, 'a disclosure is heard')
    caller.say('ask')
    await until(() => agentHeard(stage, agent, caller).length >= 2, 'greeting and answer are heard')
    await sleep(300)
    const agentFrom = agentHeard(stage, agent, caller)[0]?.firstSample ?? 0
    const all = rendered.map(({ mark }) => heardIn(caller, mark))
    for (const [i, { ms }] of rendered.entries()) {
      const heard = all[i]
      const short = ms - (heard?.endOffset ?? 0) / PER_MS
      const missing = heard?.missing.length ?? 0
      report.row({
        name: `${NAMES[i]}: not heard, though the caller spoke into it`,
        value: Math.round(short),
        unit: 'ms',
        aim: `<= ${FRAME_MS}, no gap`,
        ok: heard !== null && short <= FRAME_MS && missing === 0,
      })
    }
    const inOrder = (all[0]?.endSample ?? 1) <= (all[1]?.firstSample ?? 0) + PER_MS
    const first = (all[1]?.endSample ?? Number.POSITIVE_INFINITY) <= agentFrom + PER_MS
    report.check('disclosures come in their order, and before anything of the agent', inOrder && first)
    await caller.hangUp()
    const { entries, spans } = await stage.traces(caller)
    for (const [i, heard] of all.entries())
      proof(report, `${NAMES[i]}: heard by the record and by the recording`, entryOf(entries, NAMES[i] ?? ''), heard)
    const spanned = spans.filter(s => String(s.attributes['switchboard.prompt.name']).startsWith('disclosure-')).length
    report.check('each is a span of the trace', spanned === 2, `${spanned}`)
    const answered = entries.filter(e => e.kind === 'turn' && e['role'] === 'caller').length
    report.check('the caller who spoke into them was heard, and is answered', answered > 0, `${answered} turns`)
  } finally {
    caller.close()
  }
}

/** The caller hangs up in the middle: the record says how much was heard. */
export async function cut(report: Report, stage: Stage, agent: string): Promise<void> {
  const [first] = renderedBy(stage, agent, TEXTS)
  const caller = await stage.dial(agent)
  try {
    await caller.answered()
    await until(() => (heardIn(caller, first?.mark ?? 0)?.frames ?? 0) > 30, 'a disclosure is heard')
    await caller.hangUp()
    const { entries, end } = await stage.traces(caller)
    proof(report, 'hung up in the middle of one', entryOf(entries, 'machine'), heardIn(caller, first?.mark ?? 0))
    report.check('such a call ends by the caller', end?.code === 'hangup' && end.by === 'caller', JSON.stringify(end))
  } finally {
    caller.close()
  }
}

function proof(report: Report, name: string, entry: Entry | undefined, heard: HeardOf | null): void {
  const off = Number(entry?.['heardMs'] ?? -1000) - (heard?.endOffset ?? 0) / PER_MS
  report.row({
    name,
    value: Math.round(off),
    unit: 'ms apart',
    aim: `within ${FRAME_MS}`,
    ok: Math.abs(off) <= FRAME_MS,
  })
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`)
    await sleep(200)
  }
}
