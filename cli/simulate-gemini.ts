import { Command } from 'commander'
import { startGeminiSimulator } from '#simulators/gemini/start.ts'
import type { SpeechKind } from '#simulators/realtime/utterance.ts'
import { collect, integer, positive, speechOption, stopped } from './simulate-options.ts'

interface Flags {
  readonly port: number
  readonly host: string
  readonly script?: string
  readonly speech: SpeechKind
  readonly latency: number
  readonly speed: number
  readonly connectionSeconds: number
  readonly goAwaySeconds: number
  readonly badKey: string[]
}

const DEFAULT_PORT = 8091

/** `switchboard simulate gemini`: the Live API on this machine, until Ctrl-C. */
export function simulateGeminiCommand(): Command {
  return new Command('gemini')
    .description(
      "Google's Gemini Live API on this machine: voice activity detection, speech, tools, resumption and faults, no account",
    )
    .option('--port <number>', 'port to listen on, 0 for a free one', integer, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--script <file>', 'what the model says and does (YAML)')
    .addOption(speechOption())
    .option('--latency <ms>', 'from the end of a turn to the first sound', positive, 250)
    .option('--speed <times>', 'how much faster than real time sound comes', positive, 4)
    .option('--connection-seconds <number>', 'how long a connection may last', positive, 600)
    .option('--go-away-seconds <number>', 'how long before its end goAway comes', positive, 60)
    .option('--bad-key <key>', 'an API key to refuse (repeatable)', collect, [])
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const simulator = await startGeminiSimulator({
    port: flags.port,
    host: flags.host,
    ...(flags.script === undefined ? {} : { script: flags.script }),
    speech: flags.speech,
    pace: { latencyMs: flags.latency, speed: flags.speed },
    connectionMs: flags.connectionSeconds * 1000,
    goAwayMs: Math.min(flags.goAwaySeconds, flags.connectionSeconds) * 1000,
    badKeys: flags.badKey,
  })
  console.log(`Gemini Live API, baseURL ${simulator.baseURL}`)
  console.log(`messages, sessions and faults at ${simulator.baseURL}/_sim`)
  await stopped()
  await simulator.close()
}
