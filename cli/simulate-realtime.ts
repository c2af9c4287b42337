import type { Command } from 'commander'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import { type ModelFlags, modelCommand, modelOptions, positive, stopped } from './simulate-options.ts'

interface Flags extends ModelFlags {
  readonly sessionMinutes: number
}

/** `switchboard simulate realtime`: the Realtime provider on this machine, until Ctrl-C. */
export function simulateRealtimeCommand(): Command {
  return modelCommand('realtime', {
    description:
      "OpenAI's Realtime API on this machine: voice activity detection, speech, tools and faults, no account",
    port: 8090,
    latency: 'from a response to its first sound',
  })
    .option('--session-minutes <number>', 'how long a session may last', positive, 60)
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const simulator = await startRealtimeSimulator({
    ...modelOptions(flags),
    sessionMs: flags.sessionMinutes * 60_000,
  })
  console.log(`Realtime API at ${simulator.url}?model=gpt-realtime-2.1`)
  console.log(
    `baseURL ${simulator.baseURL}   events, sessions and faults at http://${flags.host}:${simulator.port}/_sim`,
  )
  await stopped()
  await simulator.close()
}
