import { Command } from 'commander'
import { simulateGeminiCommand } from './simulate-gemini.ts'
import { simulatePersonCommand } from './simulate-person.ts'
import { simulateRealtimeCommand } from './simulate-realtime.ts'

/** `switchboard simulate …`: stand-ins for the outside world, one subcommand each. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('stand-ins for the outside world, so that an agent can be tried without an account')
    .addCommand(simulateRealtimeCommand())
    .addCommand(simulateGeminiCommand())
    .addCommand(simulatePersonCommand())
}
