/** The command line. Each command is loaded when it is asked for, so that `--help` and small commands start fast. */
import { Command, CommanderError } from 'commander'
import { reportError } from './report-error.ts'
import { VERSION } from './version.ts'

interface Entry {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'demo',
    summary: 'a phone call answered by an agent, on this machine: no account, no cluster',
    load: async () => (await import('./demo.ts')).demoCommand(),
  },
  {
    name: 'run',
    summary: 'answer calls on this machine, as manifests say',
    load: async () => (await import('./run.ts')).runCommand(),
  },
  {
    name: 'worker',
    summary: 'a blank worker, which learns over HTTP what it answers as',
    load: async () => (await import('./worker.ts')).workerCommand(),
  },
  {
    name: 'operator',
    summary: 'turn VoiceAgents of a Kubernetes cluster into pods that answer calls',
    load: async () => (await import('./operator.ts')).operatorCommand(),
  },
  {
    name: 'call',
    summary: 'call an agent as a caller would: speak, listen, press keys, record',
    load: async () => (await import('./call.ts')).callCommand(),
  },
  {
    name: 'validate',
    summary: 'check manifests: what is wrong, where, and what to write',
    load: async () => (await import('./validate.ts')).validateCommand(),
  },
  {
    name: 'simulate',
    summary: 'stand-ins for the outside world',
    load: async () => (await import('./simulate.ts')).simulateCommand(),
  },
  {
    name: 'calls',
    summary: 'list the calls of a ledger',
    load: async () => (await import('./calls.ts')).callsCommand(),
  },
  {
    name: 'call-record',
    summary: 'show what a call left behind',
    load: async () => (await import('./calls.ts')).callRecordCommand(),
  },
]

/** Exit codes: 0 done, 1 the command failed, 2 it was called wrongly. */
async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('switchboard')
    .description(
      'Phone agents on Realtime models: answers calls, bridges them to a session, keeps a record and a trace of each.',
    )
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(switchboard --help lists the commands)')
  // `help run` is `run --help`: both need the command itself, not its name in the list.
  const asked = argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1), '--help'] : [...argv]
  const wanted = COMMANDS.find(entry => entry.name === asked[0])
  // Nobody knows what `nosuch --help` is about: the name is what is wrong, and the nearest is named.
  const args = wanted || asked[0] === undefined || /^-|^help$/.test(asked[0]) ? asked : [asked[0]]
  if (wanted) program.addCommand((await wanted.load()).exitOverride())
  else
    for (const entry of COMMANDS)
      program.command(entry.name).summary(entry.summary).description(entry.summary).allowUnknownOption()
  try {
    if (args.length === 0) {
      program.outputHelp()
      return 2
    }
    await program.parseAsync(args, { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    reportError(error)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
