import { Command } from 'commander'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import type { SpeechKind } from '#simulators/realtime/utterance.ts'
import { collect, integer, positive, speechOption, stopped } from './simulate-options.ts'

interface Flags {
  readonly port: number
  readonly host: string
  readonly script?: string
  readonly speech: SpeechKind
  readonly latency: number
  readonly speed: number
  readonly sessionMinutes: number
  readonly badKey: string[]
}

const DEFAULT_PORT = 8090

/** `switchboard simulate realtime`: the Realtime provider on this machine, until Ctrl-C. */
export function simulateRealtimeCommand(): Command {
  return new Command('realtime')
    .description(
      "OpenAI's Realtime API on this machine: voice activity detection, speech, tools and faults, no account",
    )
    .option('--port <number>', 'port to listen on, 0 for a free one', integer, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--script <file>', 'what the model says and does (YAML)')
    .addOption(speechOption())
    .option('--latency <ms>', 'from a response to its first audio', positive, 250)
    .option('--speed <times>', 'how much faster than real time audio comes', positive, 4)
    .option('--session-minutes <number>', 'how long a session may last', positive, 60)
    .option('--bad-key <key>', 'an API key to refuse (repeatable)', collect, [])
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const simulator = await startRealtimeSimulator({
    port: flags.port,
    host: flags.host,
    ...(flags.script === undefined ? {} : { script: flags.script }),
    speech: flags.speech,
    pace: { latencyMs: flags.latency, speed: flags.speed },
    sessionMs: flags.sessionMinutes * 60_000,
    badKeys: flags.badKey,
  })
  console.log(`Realtime API at ${simulator.url}?model=gpt-realtime-2.1`)
  console.log(
    `baseURL ${simulator.baseURL}   events, sessions and faults at http://${flags.host}:${simulator.port}/_sim`,
  )
  await stopped()
  await simulator.close()
}
