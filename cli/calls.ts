/** `switchboard calls` lists calls of a ledger, `switchboard call-record` shows one. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { readLedger } from '#runtime/ledger/read-ledger.ts'
import { callList, maskedSummary } from './show/call-list.ts'
import { recordLines } from './show/record.ts'
import { styleFor } from './show/style.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The ledger that is meant when none is named: SWITCHBOARD_DB, or this user's. */
export function defaultLedgerPath(env: Env = process.env): string {
  return env['SWITCHBOARD_DB'] || userLedgerPath(env)
}

/** The ledger of this user, in the XDG state folder. */
export function userLedgerPath(env: Env = process.env): string {
  const state = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  return join(state, 'switchboard', 'calls.db')
}

type Print = (line: string) => void
const toStdout: Print = line => {
  process.stdout.write(`${line}\n`)
}

/** `… | head` closes the pipe when it has seen enough: that is no error. */
function allowClosedPipe(): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
}

interface CallsOptions {
  readonly db: string
  readonly json?: boolean
  readonly full?: boolean
  readonly limit: number
  readonly agent?: string
  readonly namespace?: string
}

export function callsCommand(print: Print = toStdout): Command {
  return new Command('calls')
    .summary('list the calls of a ledger, newest first')
    .description('Lists the calls of a ledger, newest first. Callers’ numbers are hidden unless --full is given.')
    .option('--db <file>', 'ledger file (SWITCHBOARD_DB)', defaultLedgerPath())
    .option('--limit <n>', 'at most so many calls', positive, 20)
    .option('--agent <name>', 'calls of this agent only')
    .option('-n, --namespace <name>', 'calls of agents of this namespace only')
    .option('--full', 'show callers’ numbers')
    .option('--json', 'print JSON')
    .action((options: CallsOptions) => {
      const { limit, agent, namespace } = options
      if (print === toStdout) allowClosedPipe()
      const reader = readLedger(options.db)
      try {
        const calls = reader
          .calls({
            limit,
            ...(agent === undefined ? {} : { agent }),
            ...(namespace === undefined ? {} : { namespace }),
          })
          .map(call => (options.full === true ? call : maskedSummary(call)))
        if (options.json === true) print(JSON.stringify(calls, null, 2))
        else if (calls.length === 0) print(`No calls in ${options.db}.`)
        else for (const line of callList(calls, Date.now())) print(line)
      } finally {
        reader.close()
      }
    })
}

export function callRecordCommand(print: Print = toStdout): Command {
  return new Command('call-record')
    .summary('show what a call left behind')
    .description(
      'Shows the record of one call: who, when, every turn with what was heard, tools, keys, usage, its end.',
    )
    .argument('<id>', 'the call’s id, or its beginning')
    .option('--db <file>', 'ledger file (SWITCHBOARD_DB)', defaultLedgerPath())
    .option('--full', 'show callers’ numbers')
    .option('--json', 'print JSON')
    .action((id: string, options: Pick<CallsOptions, 'db' | 'full' | 'json'>) => {
      if (print === toStdout) allowClosedPipe()
      const reader = readLedger(options.db)
      try {
        const record = reader.record(id)
        const full = options.full === true
        if (options.json === true) {
          const summary = full ? record.summary : maskedSummary(record.summary)
          return print(JSON.stringify({ ...record, summary }, null, 2))
        }
        for (const line of recordLines(record, { full, style: styleFor(process.stdout, process.env) })) print(line)
      } finally {
        reader.close()
      }
    })
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('it must be a whole number of at least 1.')
  return value
}
