/**
 * pino with what joins a line to its call: trace_id, span_id and call. No secrets and no caller content: nothing is logged but codes,
 * ids, addresses and counts, and what looks like a credential is redacted should one slip in.
 */
import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const SECRET_PATHS = ['authorization', 'apiKey', 'token', 'password', 'credential'].flatMap(name => [name, `*.${name}`])

export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    },
    destination ?? logFile(2),
  )
}

/**
 * Asynchronous with a bounded buffer: a blocked pipe must never stop the media loop. A full disk or a terminal that is gone loses lines and
 * nothing else: an error nobody hears would be logged as uncaught, fail again, and so on without end.
 */
export function logFile(dest: number): DestinationStream {
  return pino.destination({ dest, sync: false, maxLength: 1_000_000 }).on('error', () => undefined)
}

export interface CallIds {
  readonly call: string
  readonly traceId: string
  readonly spanId: string
  readonly agent: string
  readonly revision: string
}

export function callLogger(log: Logger, ids: CallIds): Logger {
  return log.child({
    trace_id: ids.traceId,
    span_id: ids.spanId,
    call: ids.call,
    agent: ids.agent,
    revision: ids.revision,
  })
}
