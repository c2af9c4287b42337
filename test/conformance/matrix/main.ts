/**
 * `npm run conformance -- matrix [--cell Sip/OpenAI] [--column barge-in]`: every way in × every provider, the same scenarios, judged by what the
 * caller heard. Over SIP a real phone (baresip) calls, over media streams the simulated Twilio's caller; both record. The agent speaks a watermark in
 * which every 20 ms names item and offset, so that a recording says to the sample what was heard, and the provider says what the model was told.
 *
 * - **to silence**: from the provider's word that the caller speaks to the last sound of the agent that reached the caller
 * - **told − heard**: what the model was told was heard, less what was. OpenAI is told milliseconds; Gemini is told words, with the next text, and a
 *   word of these items is as long as a frame.
 *
 * A call that failed while the kernel says that somebody who took part in it had to wait for a processor is made again, once, and that is said.
 */
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { stalledIn } from '#test/measure/stalls.ts'
import type { HeardCall, Reached } from '#test/phones/line.ts'
import { sleep } from '#test/phones/process.ts'
import type { Column, Evidence, Verdict } from './column.ts'
import { bargeIn } from './columns/barge-in.ts'
import { disclosure } from './columns/disclosure.ts'
import { agentHangsUp, callerHangsUp } from './columns/hang-up.ts'
import { dtmf, greeting, tool, turn } from './columns/talk.ts'
import { transfer } from './columns/transfer.ts'
import { generalFaults } from './general.ts'
import { heardItems } from './heard.ts'
import { refused } from './refused.ts'
import { PROVIDERS, renderedBy, type Seen, type SpokenItem } from './seen.ts'
import { CALLERS, type Field, openStage, type Stage, toolPath } from './stage.ts'
import { inMs, tableOf } from './table.ts'

const COLUMNS: readonly Column[] = [
  greeting,
  turn,
  tool,
  bargeIn,
  dtmf,
  callerHangsUp,
  agentHangsUp,
  transfer,
  disclosure,
]
/** Calls of different cells do not begin in the same moment. */
const APART_MS = 370
/** Between a call's end and what is left of it. */
const SETTLE_MS = 400

/** A call that was made, and what is known of it. */
interface Made {
  readonly field: Field
  readonly call: HeardCall | null
  readonly seen: Seen | null
  readonly toolRequests: readonly string[]
  readonly rendered: readonly SpokenItem[]
  readonly people: readonly Reached[]
  /** What went wrong while it was made. */
  readonly failed: readonly string[]
  /** The machine stood still for somebody who took part. */
  readonly stalled: boolean
}

const UNJUDGED: Verdict = { faults: ['no verdict'], says: '' }
const cellOf = ({ caller, provider }: Pick<Field, 'caller' | 'provider'>): string => `${caller}/${provider.name}`

export async function run(report: Report, options: Options): Promise<void> {
  const columns = COLUMNS.filter(({ name }) => options['column'] === undefined || name === options['column'])
  const stage = await openStage(columns, PROVIDERS)
  try {
    const fields = stage.fields.filter(field => options['cell'] === undefined || cellOf(field) === options['cell'])
    const judged = new Map<Field, Verdict>()
    const again: Field[] = []
    for (const made of await callAll(stage, fields)) {
      const verdict = verdictOf(made)
      judged.set(made.field, verdict)
      if (verdict.faults.length > 0 && made.stalled) again.push(made.field)
    }
    for (const field of again)
      report.note(`${nameOf(field)}: made again, the machine stood still: ${judged.get(field)?.faults.join('; ')}`)
    // one after another: the machine has shown that it is busy
    for (const field of again) judged.set(field, verdictOf(await callOne(stage, field)))
    for (const field of fields) row(report, field, judged.get(field))
    const inOrder = new Map(fields.map(field => [field, judged.get(field) ?? UNJUDGED]))
    for (const line of tableOf(inOrder)) report.note(line)
    const left = await stage.worker.busy()
    report.row({ name: 'calls left at the end', value: left, aim: '0', ok: left === 0 })
  } finally {
    await stage.close()
  }
  if (options['cell'] === undefined && options['column'] === undefined) await refused(report)
}

/** All cells at the same time, the columns of each one after another. What was recorded is judged later: a caller must not wait for a judge. */
async function callAll(stage: Stage, fields: readonly Field[]): Promise<Made[]> {
  const made: Made[] = []
  const cells = CALLERS.flatMap(caller => PROVIDERS.map(provider => ({ caller, provider })))
  await Promise.all(
    cells.map(async (cell, i) => {
      await sleep(i * APART_MS)
      for (const field of fields) if (cellOf(field) === cellOf(cell)) made.push(await callOne(stage, field))
    }),
  )
  return made
}

async function callOne(stage: Stage, field: Field): Promise<Made> {
  const since = Number(process.hrtime.bigint()) / 1e6
  const failed: string[] = []
  const line = await stage.line(field.caller)
  let call: HeardCall | null = null
  try {
    await line.dial(field.number)
    await field.column.talk(line)
  } catch (error) {
    failed.push(error instanceof Error ? error.message : String(error))
  }
  try {
    call = await line.close()
  } catch (error) {
    failed.push(error instanceof Error ? error.message : String(error))
  }
  await sleep(SETTLE_MS)
  const seen = await field.provider.seen(stage.providerURL(field), since)
  const until = Number(process.hrtime.bigint()) / 1e6
  const stalls = [...stage.machine.stalls, ...(call?.stalls ?? [])]
  return {
    field,
    call,
    seen,
    toolRequests: stage.tool.requests.filter(({ path }) => path === toolPath(field.number)).map(({ body }) => body),
    rendered: await renderedBy(stage.speechURL),
    people: [...stage.people(field), ...(call?.people ?? [])].slice(-1),
    failed,
    stalled: stalledIn(stalls, since, until),
  }
}

function verdictOf({ field, call, seen, toolRequests, rendered, people, failed }: Made): Verdict {
  if (call === null || seen === null) return { faults: failed, says: '' }
  const { caller, provider, column, desk } = field
  const evidence: Evidence = {
    caller,
    provider: provider.name,
    call,
    seen,
    items: heardItems(call, seen.items),
    toolRequests,
    rendered: heardItems(call, rendered),
    desk,
    people,
  }
  const verdict = column.judge(evidence)
  return { ...verdict, faults: [...failed, ...verdict.faults, ...generalFaults(evidence)] }
}

const nameOf = (field: Field): string => `${field.column.name}, ${field.caller} × ${field.provider.name}`

function row(report: Report, field: Field, verdict: Verdict | undefined): void {
  const { faults, says, silenceMs = [], mouthMs = [], errorsMs = [] } = verdict ?? UNJUDGED
  const figures =
    silenceMs.length === 0
      ? ''
      : `; to silence ${inMs(silenceMs)} ms (from the caller’s first sound ${inMs(mouthMs)}); told − heard ${inMs(errorsMs)} ms`
  report.check(nameOf(field), faults.length === 0, `${faults.length === 0 ? says : faults.join('; ')}${figures}`)
}
