/** `switchboard call`: a phone made of software calls somebody, speaks, listens, and says how it went. */
import { writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Caller, type CallerResult, startCaller } from '#simulators/caller/caller.ts'
import { monotonicMs } from '#simulators/caller/clock.ts'
import type { EchoOptions } from '#simulators/caller/echo-path.ts'
import { eventLine } from '#simulators/caller/events.ts'
import { clipNames } from '#simulators/caller/speech-source.ts'
import { callerWords, endWords, timelineLine } from './call-lines.ts'
import { durationFlag, echoFlag, jitterFlag, keysFlag, percentFlag, stepsOf } from './call-options.ts'
import { LiveTimeline } from './live-timeline.ts'
import { styleFor } from './show/style.ts'
import { duration } from './show/words.ts'

interface CallFlags {
  readonly script?: string
  readonly say?: string[]
  readonly play?: string[]
  readonly keys?: string
  readonly record?: string
  readonly from?: string
  readonly codec?: 'PCMU' | 'PCMA'
  readonly tcp?: true
  readonly lateOffer?: true
  readonly echo?: EchoOptions
  readonly loss: number
  readonly jitter: number
  readonly seed: number
  readonly duration: number
  readonly json?: true
}

const DURATION_MS = 20_000

const HELP = `
Clips to --say: ${clipNames().join(', ')}.

Examples:
  switchboard call sip:+14155550100@127.0.0.1                     listens for 20 s
  switchboard call sip:+14155550100@127.0.0.1 --say ask --record call.wav
  switchboard call sip:+14155550100@127.0.0.1 --say ask --echo -20dB@150ms --loss 5 --jitter 30
  switchboard call 'sip:+14155550100@127.0.0.1:5060;transport=tcp' --script caller.yaml

A script, in YAML; after the last step the caller hangs up:
  steps:
    - listen                                   # until the agent has spoken and been silent for 700 ms
    - say: ask                                 # a clip, the words of one, a .wav or a .ul file
    - interrupt: { after: 1500ms, say: three } # so long after the agent began to speak
    - expect: { hears: booked, within: 5s }    # a clip of the agent's; a failed expect fails the exit code
    - wait: { agent: silent, for: 500ms }      # or { agent: speaks }, { ended: true }, or a time
    - keys: "4207#"
    - hold: 2s
    - expect: { ended: remote, within: 10s }

Exit code: 0 when the call was answered, ended in an orderly way and all that was expected came true; 1 otherwise; 2 for a wrong flag.`

export function callCommand(): Command {
  const collect = (value: string, before: string[] = []): string[] => [...before, value]
  return new Command('call')
    .description('Calls a SIP address as a caller would: speaks clips, presses keys, listens, records.')
    .argument('<uri>', 'whom to call: sip:NUMBER@ADDRESS[:PORT], with ;transport=tcp for TCP')
    .option('--script <file>', 'what the caller does, step by step (YAML)')
    .option('--say <clip>', 'say a clip, or words that were recorded, and listen to the answer (repeatable)', collect)
    .option('--play <file>', 'the same with a .wav or .ul file (repeatable)', collect)
    .option('--keys <digits>', 'press keys after that', keysFlag)
    .option('--record <file>', 'write a stereo WAV: caller left, agent right')
    .option('--from <uri>', 'who calls (default: sip:+14155550123@ our address)')
    .addOption(new Option('--codec <name>', 'offer this codec only').choices(['PCMU', 'PCMA']))
    .option('--tcp', 'signal over TCP')
    .option('--late-offer', 'let the other side offer: no SDP in the INVITE')
    .option('--echo <level@delay>', 'what is heard comes back, quieter and later: -20dB@150ms', echoFlag)
    .option('--loss <percent>', 'packets lost, each way', percentFlag, 0)
    .option('--jitter <ms>', 'packets are late by up to this, each way', jitterFlag, 0)
    .option('--seed <n>', 'the same seed is the same bad line', integer, 1)
    .addOption(
      new Option('--duration <time>', 'hang up at the latest after this')
        .argParser(durationFlag)
        .default(DURATION_MS, '20s; a script: 30m'),
    )
    .option('--json', 'print events as JSON lines, and the result last')
    .addHelpText('after', HELP)
    .action(call)
}

async function call(uri: string, flags: CallFlags): Promise<void> {
  const said = [...(flags.say ?? []), ...(flags.play ?? [])]
  if (flags.script !== undefined && (said.length > 0 || flags.keys !== undefined))
    throw new InvalidArgumentError('--script says it all: leave --say, --play and --keys out')
  const { script, from, codec, echo } = flags
  const caller = await startCaller({
    to: uri,
    script: script ?? stepsOf(said, flags.keys, flags.duration),
    lossPercent: flags.loss,
    jitterMs: flags.jitter,
    seed: flags.seed,
    lateOffer: flags.lateOffer === true,
    // a script knows itself when it is over
    durationMs: script === undefined || flags.duration !== DURATION_MS ? flags.duration : 30 * 60_000,
    ...(from !== undefined && { from }),
    ...(flags.tcp && { transport: 'tcp' }),
    ...(codec && { laws: [codec] }),
    ...(echo && { echo }),
  })
  const printed = print(caller, flags.json === true)
  const stop = (): void => caller.hangUp()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const result = await caller.done
  printed.close()
  process.off('SIGINT', stop)
  process.off('SIGTERM', stop)
  if (flags.record !== undefined) writeFileSync(flags.record, caller.wav())
  if (flags.json === true) console.log(JSON.stringify({ type: 'result', ...result }))
  else for (const line of resultLines(caller, result, flags.record)) console.log(line)
  process.exitCode = result.ok ? 0 : 1
}

/** A silence is known when it has lasted: lines wait for it, JSON does not. */
function print(caller: Caller, json: boolean): LiveTimeline {
  const style = styleFor(process.stdout, process.env)
  const live = new LiveTimeline(monotonicMs, line => console.log(line))
  caller.onEvent(event => {
    if (json) return console.log(eventLine(event))
    const words = callerWords(event, style)
    if (words) live.add(event.t, () => timelineLine(event.ms, words.who, words.text, style))
  })
  return live
}

function resultLines(caller: Caller, result: CallerResult, record: string | undefined): string[] {
  const style = styleFor(process.stdout, process.env)
  const { sent, received, lostOut, lostIn } = result.packets
  const lost = lostOut + lostIn > 0 ? ` (${lostOut} and ${lostIn} more were lost on purpose)` : ''
  const lines = ['']
  if (result.answered) lines.push(`${sent} packets sent, ${received} received${lost}.`)
  if (record !== undefined && result.answered)
    lines.push(`${record}: ${duration((caller.recording()?.length ?? 0) / 8)}, caller left, agent right.`)
  for (const failed of result.failed) lines.push(style.red(`✗ ${failed}`))
  const help = caller.events.flatMap(event => (event.type === 'fault' && event.help !== undefined ? [event.help] : []))
  if (!result.answered) lines.push(style.red(`✗ not answered: ${endWords(result.ended)}`))
  else if (result.ended.cause !== 'bye') lines.push(style.red(`✗ ${endWords(result.ended)}`))
  for (const line of new Set(help)) lines.push(`  ${line}`)
  if (result.ok) lines.push(style.green('✓ the call went as it should'))
  return lines
}

function integer(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number)) throw new InvalidArgumentError('a whole number')
  return number
}
