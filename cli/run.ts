/** `switchboard run`: a worker and its manifests in one process, with or without a provider. */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Problem } from '#crds/problem.ts'
import { openLedger } from '#runtime/ledger/open-ledger.ts'
import { startTelemetry } from '#runtime/telemetry/start-telemetry.ts'
import { catchUncaught } from '#runtime/worker/blame.ts'
import { workerErrors } from '#runtime/worker/errors.ts'
import { createLogger, LOG_LEVELS, type LogLevel } from '#runtime/worker/logger.ts'
import { DEFAULT_SETTINGS, parsePortRange } from '#runtime/worker/settings.ts'
import { Worker } from '#runtime/worker/worker.ts'
import { defaultLedgerPath } from './calls.ts'
import { readyLines } from './run-banner.ts'
import { credentialsOf, type Served, servedBy } from './run-manifests.ts'
import { untilStopped } from './run-until-stopped.ts'
import { loadManifests } from './validate-load.ts'
import { renderProblem, renderSummary } from './validate-render.ts'

interface RunFlags {
  readonly file: string[]
  readonly simulate?: string | true
  readonly advertise?: string
  readonly sipHost: string
  readonly sipPort: number
  readonly rtpPorts: { from: number; to: number }
  readonly httpHost: string
  readonly httpPort: number
  readonly slots: number
  readonly logLevel: LogLevel
  readonly drainDeadline?: number
  readonly db: string
}

export function runCommand(): Command {
  const defaults = DEFAULT_SETTINGS
  return new Command('run')
    .description('Answers calls on this machine, as the manifests say: a worker without a cluster.')
    .requiredOption('-f, --file <path...>', 'manifest or directory of manifests; may be given several times')
    .option(
      '--simulate [script]',
      'talk to a simulated Realtime provider instead of the real one; optionally as a script (YAML) says',
    )
    .option('--advertise <address>', 'address that peers reach us at: goes into Via, Contact and SDP')
    .option('--sip-host <address>', 'address to bind to', defaults.sipHost)
    .option('--sip-port <port>', 'SIP over UDP and TCP; 0 for a free one', port, defaults.sipPort)
    .addOption(
      new Option('--rtp-ports <from-to>', 'ports of media')
        .argParser(parsePortRange)
        .default(defaults.rtpPorts, `${defaults.rtpPorts.from}-${defaults.rtpPorts.to}`),
    )
    .option('--http-host <address>', 'address of the HTTP API, which has no authentication', defaults.httpHost)
    .option('--http-port <port>', 'port of the HTTP API; 0 for a free one', port, defaults.httpPort)
    .option('--slots <count>', 'calls at a time', count, defaults.slots)
    .addOption(
      new Option('--log-level <level>', 'what is logged, as JSON lines on stderr').choices(LOG_LEVELS).default('warn'),
    )
    .option(
      '--drain-deadline <seconds>',
      'how long calls may last after a stop signal (default: as the agents say)',
      seconds,
    )
    .option('--db <file>', 'ledger file (SWITCHBOARD_DB)', defaultLedgerPath())
    .action(run)
}

async function run(flags: RunFlags): Promise<void> {
  const manifests = await loadManifests(flags.file)
  for (const problem of manifests.problems) console.error(renderProblem(problem, lineOf(problem)))
  if (manifests.problems.some(problem => problem.severity === 'error')) {
    console.error(renderSummary(manifests.sources.size, flags.file.length, manifests.problems))
    process.exitCode = 1
    return
  }
  const served = servedBy(manifests)
  if (!served.some(one => one.routes.length > 0)) throw workerErrors.nothingToAnswer(flags.file.join(', '))

  const credentials = credentialsOf(manifests, process.env)
  if (flags.simulate === undefined) {
    for (const { revision } of served)
      if (credentials.of(revision) === undefined)
        throw workerErrors.noCredential(revision.agent, credentials.missing(revision))
  }

  const closers: (() => Promise<unknown>)[] = []
  try {
    const log = createLogger(flags.logLevel)
    const simulator = flags.simulate === undefined ? null : await startSimulator(flags.simulate)
    if (simulator) closers.push(() => simulator.close())
    mkdirSync(dirname(flags.db), { recursive: true })
    const ledger = await openLedger({ path: flags.db, log: (level, message, fields) => log[level](fields, message) })
    closers.push(() => ledger.close())
    const telemetry = startTelemetry({
      service: 'switchboard-worker',
      log: (level, message, fields) => log[level](fields, message),
    })
    closers.push(() => telemetry.shutdown())
    const worker = await Worker.start(
      { ...DEFAULT_SETTINGS, ...settingsOf(flags, served) },
      {
        log,
        telemetry,
        ledger,
        credential: revision => credentials.of(revision) ?? (simulator ? 'sk-simulated' : undefined),
        ...(simulator && { provider: simulator.baseURL }),
      },
    )
    closers.push(() => worker.close())
    const stopCatching = catchUncaught(error => log.fatal({ err: error }, 'an uncaught error that belongs to no call'))
    closers.push(() => Promise.resolve(stopCatching()))
    for (const one of served) {
      for (const [id, clip] of one.clips) worker.clips.add(id, clip)
      worker.serve(one.revision, one.routes)
    }
    for (const line of readyLines(worker, served, simulator?.baseURL ?? null, flags.db)) console.log(line)
    await untilStopped(worker, line => console.log(line))
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

function settingsOf(flags: RunFlags, served: readonly Served[]) {
  const { sipHost, sipPort, rtpPorts, httpHost, httpPort, slots, logLevel, advertise, drainDeadline } = flags
  return {
    sipHost,
    sipPort,
    rtpPorts,
    httpHost,
    httpPort,
    slots,
    logLevel,
    drainDeadlineMs:
      drainDeadline === undefined ? Math.max(...served.map(one => one.drainDeadlineMs)) : drainDeadline * 1000,
    ...(advertise !== undefined && { advertise }),
  }
}

/** Loaded only when asked for: a worker carries no simulator. */
async function startSimulator(script: string | true) {
  const { startRealtimeSimulator } = await import('#simulators/realtime/start.ts')
  return startRealtimeSimulator(script === true ? {} : { script })
}

function lineOf(problem: Problem): string | undefined {
  try {
    return readFileSync(problem.file, 'utf8').split(/\r?\n/)[problem.line - 1]
  } catch {
    return undefined
  }
}

function port(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new InvalidArgumentError('a port is 0 to 65535')
  return number
}

function count(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new InvalidArgumentError('a whole number from 1 on')
  return number
}

function seconds(value: string): number {
  const number = Number(value)
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError('a number of seconds')
  return number
}
