/** The flags that every worker takes, in a cluster or not. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import { openLedger } from '#runtime/ledger/open-ledger.ts'
import { startTelemetry, type Telemetry } from '#runtime/telemetry/start-telemetry.ts'
import { catchUncaught } from '#runtime/worker/blame.ts'
import { createLogger, LOG_LEVELS, type Logger, type LogLevel } from '#runtime/worker/logger.ts'
import { DEFAULT_SETTINGS, parsePortRange, type WorkerSettings } from '#runtime/worker/settings.ts'
import { defaultLedgerPath } from './calls.ts'
import { makeLedgerFolder } from './ledger-folder.ts'
import { VERSION } from './version.ts'

/** Long enough to look into a complaint; records hold numbers and words of people, so not for ever. */
const RETAIN_DAYS = 30
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface WorkerFlags {
  readonly advertise?: string
  readonly sipHost: string
  readonly sipPort: number
  readonly rtpPorts: { from: number; to: number }
  readonly httpHost: string
  readonly httpPort: number
  readonly slots: number
  readonly logLevel: LogLevel
  /** Seconds. */
  readonly drainDeadline?: number
  readonly db: string
  /** Milliseconds; Infinity: for ever. */
  readonly retain: number
}

export function withWorkerOptions(command: Command, logLevel: LogLevel): Command {
  const defaults = DEFAULT_SETTINGS
  const { from, to } = defaults.rtpPorts
  const options = [
    option('--advertise <address>', 'address that peers reach us at: goes into Via, Contact and SDP', 'POD_IP'),
    option('--sip-host <address>', 'address to bind to', 'SWITCHBOARD_SIP_HOST').default(defaults.sipHost),
    option('--sip-port <port>', 'SIP over UDP and TCP; 0 for a free one', 'SWITCHBOARD_SIP_PORT')
      .argParser(port)
      .default(defaults.sipPort),
    option('--rtp-ports <from-to>', 'ports of media', 'SWITCHBOARD_RTP_PORTS')
      .argParser(parsePortRange)
      .default(defaults.rtpPorts, `${from}-${to}`),
    option('--http-host <address>', 'address of the HTTP API', 'SWITCHBOARD_HTTP_HOST').default(defaults.httpHost),
    option('--http-port <port>', 'port of the HTTP API; 0 for a free one', 'SWITCHBOARD_HTTP_PORT')
      .argParser(port)
      .default(defaults.httpPort),
    option('--slots <count>', 'calls at a time', 'SWITCHBOARD_SLOTS').argParser(count).default(defaults.slots),
    option('--log-level <level>', 'what is logged, as JSON lines on stderr', 'SWITCHBOARD_LOG_LEVEL')
      .choices(LOG_LEVELS)
      .default(logLevel),
    option(
      '--drain-deadline <seconds>',
      'how long calls may last after a stop signal (default: as the agents say)',
      'SWITCHBOARD_DRAIN_DEADLINE',
    ).argParser(seconds),
    option('--db <file>', 'ledger file', 'SWITCHBOARD_DB').default(defaultLedgerPath()),
    option(
      '--retain <time>',
      'how long a record is kept after its call: days (30d), hours (12h), or forever',
      'SWITCHBOARD_RETAIN',
    )
      .argParser(retention)
      .default(RETAIN_DAYS * DAY_MS, `${RETAIN_DAYS}d`),
  ]
  for (const one of options) command.addOption(one)
  return command
}

function option(flags: string, about: string, env: string): Option {
  return new Option(flags, about).env(env)
}

/** `drainMs`: what holds when no flag says otherwise. */
export function settingsOf(flags: WorkerFlags, drainMs: number): WorkerSettings {
  const { sipHost, sipPort, rtpPorts, httpHost, httpPort, slots, advertise, drainDeadline } = flags
  return {
    sipHost,
    sipPort,
    rtpPorts,
    httpHost,
    httpPort,
    slots,
    logLevel: flags.logLevel,
    pod: process.env['POD_NAME'] ?? DEFAULT_SETTINGS.pod,
    ...(process.env['POD_UID'] && { podUid: process.env['POD_UID'] }),
    drainDeadlineMs: drainDeadline === undefined ? drainMs : drainDeadline * 1000,
    ...(drainDeadline !== undefined && { drainCeilingMs: drainDeadline * 1000 }),
    ...(advertise !== undefined && { advertise }),
  }
}

export interface Foundation {
  readonly log: Logger
  readonly ledger: Ledger
  /** The folder that was made for the ledger; null: it was there. */
  readonly folderMade: string | null
  readonly telemetry: Telemetry
}

/** What a worker stands on. `closers` gets what closes each part, in the order it was opened. */
export async function openFoundation(flags: WorkerFlags, closers: (() => Promise<unknown>)[]): Promise<Foundation> {
  const log = createLogger(flags.logLevel)
  // opened first, closed last: what goes wrong while calls are ended must not cost their records
  const stopCatching = catchUncaught(error => log.fatal({ err: error }, 'an uncaught error that belongs to no call'))
  closers.push(() => Promise.resolve(stopCatching()))
  const folderMade = makeLedgerFolder(flags.db)
  const ledger = await openLedger({
    path: flags.db,
    ...(Number.isFinite(flags.retain) && { retainMs: flags.retain }),
    log: (level, message, fields) => log[level](fields, message),
  })
  closers.push(() => ledger.close())
  const telemetry = startTelemetry({
    service: 'switchboard-worker',
    version: VERSION,
    log: (level, message, fields) => log[level](fields, message),
    ...(process.env['POD_NAME'] !== undefined && { instance: process.env['POD_NAME'] }),
  })
  closers.push(() => telemetry.shutdown())
  return { log, ledger, folderMade, telemetry }
}

/** The newest first; one that fails keeps none of the others open. @throws what the first of them said */
export async function closeAll(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const close of closers.toReversed()) {
    try {
      await close()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

export function port(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new InvalidArgumentError('a port is 0 to 65535')
  return number
}

function count(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new InvalidArgumentError('a whole number from 1 to 10000')
  return number
}

function seconds(value: string): number {
  const number = Number(value)
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError('a number of seconds')
  return number
}

function retention(value: string): number {
  if (value === 'forever') return Number.POSITIVE_INFINITY
  const [, amount = '', unit] = /^([1-9]\d{0,4})([hd])$/.exec(value) ?? []
  if (amount === '') throw new InvalidArgumentError('days such as 30d, hours such as 12h, or forever')
  return Number(amount) * (unit === 'd' ? DAY_MS : HOUR_MS)
}
