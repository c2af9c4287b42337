import type { Command } from 'commander'
import { startGeminiSimulator } from '#simulators/gemini/start.ts'
import { type ModelFlags, modelCommand, modelOptions, positive, stopped } from './simulate-options.ts'

interface Flags extends ModelFlags {
  readonly connectionSeconds: number
  readonly goAwaySeconds: number
}

/** `switchboard simulate gemini`: the Live API on this machine, until Ctrl-C. */
export function simulateGeminiCommand(): Command {
  return modelCommand('gemini', {
    description:
      "Google's Gemini Live API on this machine: voice activity detection, speech, tools, resumption and faults, no account",
    port: 8091,
    latency: 'from the end of a turn to the first sound',
  })
    .option('--connection-seconds <number>', 'how long a connection may last', positive, 600)
    .option('--go-away-seconds <number>', 'how long before its end goAway comes', positive, 60)
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const simulator = await startGeminiSimulator({
    ...modelOptions(flags),
    connectionMs: flags.connectionSeconds * 1000,
    goAwayMs: Math.min(flags.goAwaySeconds, flags.connectionSeconds) * 1000,
  })
  console.log(`Gemini Live API, baseURL ${simulator.baseURL}`)
  console.log(`messages, sessions and faults at ${simulator.baseURL}/_sim`)
  await stopped()
  await simulator.close()
}
