/**
 * `switchboard demo`: real phone calls on this machine, answered by agents: one that is told as it happens, and beside it one that is put
 * through to a person; then what they left behind, and a judge's word on them.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { CallRecord } from '#runtime/ledger/read-ledger.ts'
import { type Caller, startCaller } from '#simulators/caller/caller.ts'
import { monotonicMs } from '#simulators/caller/clock.ts'
import { readWav } from '#simulators/caller/wav.ts'
import { callerWords, timelineLine } from './call-lines.ts'
import type { CalendarRequest } from './demo/calendar.ts'
import { demoErrors } from './demo/errors.ts'
import { CALLER_STEPS } from './demo/first-call.ts'
import { judgeTransfer } from './demo/judge-transfer.ts'
import { judgeCall, type StereoCall, type Verdict } from './demo/judge-wav.ts'
import { ProviderWatch } from './demo/provider-watch.ts'
import { providerWords } from './demo/provider-words.ts'
import { recordOf, spansOfTrace } from './demo/results.ts'
import { type Stage, setUp, setUpTransfer } from './demo/set-up.ts'
import { theTransfer } from './demo/transfer.ts'
import { LiveTimeline } from './live-timeline.ts'
import { reportError } from './report-error.ts'
import { recordLines } from './show/record.ts'
import { spanTree } from './show/span-tree.ts'
import { type Style, styleFor } from './show/style.ts'
import { timelineSvg } from './show/timeline-svg.ts'
import { duration } from './show/words.ts'

const LONGEST_S = 90

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Calls agents on this machine: no account, no cluster, no privileges. A worker answers as examples/first-call says, its Realtime ' +
        'provider is simulated, the caller is a software phone. Prints the call as it goes, its trace and its record. At the same time ' +
        'another caller is put through to a person, as examples/transfer says.',
    )
    .option('--out <folder>', 'where recordings, timeline.svg and trace.json are written', join('out', 'demo'))
    .addHelpText(
      'after',
      '\nExit code: 0 when, by the recordings alone, the callers heard and were heard; 1 otherwise.',
    )
    .action(async ({ out }: { out: string }) => {
      process.exitCode = (await demo(out)) ? 0 : 1
    })
}

async function demo(out: string): Promise<boolean> {
  const style = styleFor(process.stdout, process.env)
  const began = monotonicMs()
  const closers: (() => unknown)[] = []
  const workerLines: string[] = []
  // bounded whatever hangs; the worker goes with us
  const limit = setTimeout(() => {
    reportError(demoErrors.tooLong(LONGEST_S))
    process.exit(1)
  }, LONGEST_S * 1000)
  const stop = (signal: NodeJS.Signals): void => {
    console.log(`\n${signal}: the demo is given up.`)
    process.exit(1)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await carryOut(out, style, closers, workerLines)
  } catch (error) {
    for (const line of workerLines) console.error(style.dim(`worker: ${line}`))
    reportError(error)
    return false
  } finally {
    for (const close of closers.reverse()) await close()
    clearTimeout(limit)
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    console.log(style.dim(`\nThe demo took ${duration(monotonicMs() - began)}.`))
  }
}

async function carryOut(
  out: string,
  style: Style,
  closers: (() => unknown)[],
  workerLines: string[],
): Promise<boolean> {
  const print = (line: string): void => console.log(line)
  mkdirSync(out, { recursive: true })
  const db = join(out, 'calls.db')
  const transferDb = join(out, 'transfer.db')
  const files = {
    wav: join(out, 'call.wav'),
    svg: join(out, 'timeline.svg'),
    trace: join(out, 'trace.json'),
    transfer: join(out, 'transfer.wav'),
    person: join(out, 'person.wav'),
  }
  const ledgers = [db, transferDb].flatMap(name => [name, `${name}-wal`, `${name}-shm`])
  for (const file of [...Object.values(files), ...ledgers]) rmSync(file, { force: true })
  const requests: CalendarRequest[] = []
  const options = { print, style, closers, workerLines, onToolRequest: (r: CalendarRequest) => requests.push(r) }
  const stage = await setUp({ ...options, db })
  const there = await setUpTransfer({ ...options, db: transferDb }, stage.collector)
  print(style.dim(`$ switchboard call ${stage.worker.uri}`))
  print('')
  print(
    style.bold('The call, as it happens') +
      style.dim('   seconds since the INVITE; times of the caller are those of its own recording'),
  )
  const second = theTransfer(there, style)
  // it is waited for below, whatever becomes of the first
  second.catch(() => undefined)
  const caller = await theCall(stage, requests, style, print)
  writeFileSync(files.wav, caller.wav())
  const transferred = await second
  writeFileSync(files.transfer, transferred.caller.wav())
  if (transferred.person) writeFileSync(files.person, transferred.person.wav())

  const record = await recordOf(db)
  const spans = await spansOfTrace(stage.collector, record?.summary.traceId ?? null)
  writeFileSync(files.trace, stage.collector.json())
  if (record) {
    writeFileSync(files.svg, timelineSvg(record, spans))
    section(print, style, 'Its trace', 'as the worker exported it over OTLP', spanTree(spans, { style }))
    section(print, style, 'Its record', 'from the worker’s ledger', recordLines(withoutUsage(record), { style }))
  }
  section(print, style, 'A second call, at the same time', 'the caller wants a person: key 0', [...transferred.lines])
  const handedOver = await recordOf(transferDb)
  const transfers = handedOver?.entries.filter(({ entry }) => entry.kind === 'transfer') ?? []
  const verdicts = [
    ...judgeFile(files.wav, judgeCall),
    ...left(spans.length, record !== null),
    ...judgeFile(files.transfer, own => judgeFile(files.person, theirs => judgeTransfer(own, theirs))),
    ...(transfers.length === 0 ? [{ ok: false, text: 'the ledger has no transfer of the second call' }] : []),
  ]
  section(
    print,
    style,
    'Was it a conversation?',
    'by the recordings alone, read back from disk',
    verdictLines(verdicts, style),
  )
  const stalls = workerLines.filter(line => line.includes('stalled')).length
  if (stalls > 0 && verdicts.some(verdict => !verdict.ok))
    print(
      style.yellow(
        `The worker was stopped ${stalls} times for want of processor time: try again on a quieter machine.`,
      ),
    )
  print('')
  for (const [file, what] of [
    [files.wav, 'what both sides heard: caller left, agent right'],
    [files.transfer, 'the same of the second call'],
    [files.person, 'what the person said (left) and heard (right)'],
    [files.svg, 'who spoke when in the first call'],
    [files.trace, 'the traces, OTLP'],
  ] as const)
    print(`${file.padEnd(files.transfer.length + 2)}${what}`)
  print(style.dim(`switchboard call-record ${record?.summary.call ?? ''} --db ${db}`))
  return verdicts.every(verdict => verdict.ok)
}

/** The call itself, told as it goes: three watchers on one clock, the machine's. */
async function theCall(
  { worker }: Stage,
  requests: CalendarRequest[],
  style: Style,
  print: (line: string) => void,
): Promise<Caller> {
  const live = new LiveTimeline(monotonicMs, print)
  const caller = await startCaller({ to: worker.uri, script: CALLER_STEPS, durationMs: 40_000 })
  let origin = monotonicMs()
  const line = (t: number, who: Parameters<typeof timelineLine>[1], text: () => string): void =>
    live.add(t, () => timelineLine(t - origin, who, text(), style))
  const provider = new ProviderWatch(worker.provider, fact => line(fact.t, 'model', () => providerWords(fact, style)))
  caller.onEvent(event => {
    if (event.type === 'calling') origin = event.t
    const words = callerWords(event, style)
    if (words) line(event.t, words.who, () => words.text)
  })
  const told = setInterval(() => {
    for (const request of requests.splice(0))
      line(request.at, 'tool', () => `find_appointment on ${request.day} → ${request.free.join(', ')}`)
  }, 50)
  try {
    await Promise.race([caller.done, worker.died])
    return caller
  } finally {
    // nothing to do when the call is over
    caller.hangUp()
    clearInterval(told)
    await provider.close()
    live.close()
  }
}

function judgeFile(file: string, judge: (call: StereoCall) => Verdict[]): Verdict[] {
  if (!existsSync(file)) return [{ ok: false, text: `${file} was not written: nobody was called` }]
  const { rateHz, channels } = readWav(readFileSync(file))
  const [caller, agent] = channels
  if (rateHz !== 8000 || !caller || !agent) return [{ ok: false, text: `${file} is not stereo at 8 kHz` }]
  return judge({ caller, agent })
}

/** Usage is summed up below the record; here its lines would hide the rest. */
function withoutUsage(record: CallRecord): CallRecord {
  return { ...record, entries: record.entries.filter(({ entry }) => entry.kind !== 'usage') }
}

/** What must be there beside the sound. */
function left(spans: number, record: boolean): Verdict[] {
  const found: Verdict[] = []
  if (spans === 0) found.push({ ok: false, text: 'no span of the call was exported' })
  if (!record) found.push({ ok: false, text: 'the ledger has no record of the call' })
  return found
}

function section(print: (line: string) => void, style: Style, title: string, note: string, lines: string[]): void {
  print('')
  print(`${style.bold(title)}${style.dim(`   ${note}`)}`)
  for (const line of lines) print(line)
}

function verdictLines(verdicts: readonly Verdict[], style: Style): string[] {
  const lines = verdicts.map(({ ok, text }) => `${ok ? style.green('✓') : style.red('✗')} ${text}`)
  const failed = verdicts.filter(verdict => !verdict.ok).length
  return [
    ...lines,
    failed === 0
      ? style.green('The callers heard and were heard.')
      : style.red(`It was not: ${failed} of ${verdicts.length} failed.`),
  ]
}
