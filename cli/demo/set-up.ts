/**
 * What the demo's calls need on this machine: a calendar, a collector of traces, a worker with a simulated provider; and for the transfer a
 * worker of its own, and the person who is called. All on loopback.
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Person, startPerson } from '#simulators/caller/person.ts'
import type { Style } from '../show/style.ts'
import { type Calendar, type CalendarRequest, startCalendar } from './calendar.ts'
import { calendarPort, changedCopy, exampleFolder, personPort, REALTIME_SCRIPT } from './manifests.ts'
import { startTraceCollector, type TraceCollector } from './trace-collector.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

export interface Stage {
  readonly calendar: Calendar
  readonly collector: TraceCollector
  readonly worker: WorkerProcess
}

export interface StageOptions {
  /** Ledger file of the worker. */
  readonly db: string
  readonly print: (line: string) => void
  readonly style: Style
  /** The worker's last lines, for when something goes wrong. */
  readonly workerLines: string[]
  readonly onToolRequest: (request: CalendarRequest) => void
  /** Called in reverse order, however it ends. */
  readonly closers: (() => unknown)[]
}

/** What the second call needs. */
export interface TransferStage {
  readonly worker: WorkerProcess
  readonly person: Person
}

const SIP_PORT = 5060
/** It rings so long that the caller hears it. */
const RING_MS = 1500

export async function setUp(options: StageOptions): Promise<Stage> {
  const { db, print, style, closers, workerLines } = options
  let folder = exampleFolder('first-call')
  const script = join(folder, REALTIME_SCRIPT)
  const wanted = calendarPort(folder)
  const calendar = await startCalendar(wanted, options.onToolRequest)
  closers.push(() => calendar.close())
  if (calendar.port !== wanted) {
    print(style.yellow(`Port ${wanted} is taken: the calendar is on ${calendar.port}, in a copy of the manifests.`))
    const copy = changedCopy(folder, `http://127.0.0.1:${wanted}/`, `http://127.0.0.1:${calendar.port}/`)
    closers.push(() => copy.remove())
    folder = copy.folder
  }
  const collector = await startTraceCollector()
  closers.push(() => collector.close())
  const free = await isFree(SIP_PORT)
  if (!free) print(style.yellow(`Port ${SIP_PORT} is taken: the worker answers on another one.`))
  const flags = flagsOf(folder, db, free ? SIP_PORT : 0)
  const worker = await startWorkerProcess([...flags, '--simulate', script], environment(collector), workerLines)
  closers.push(() => worker.stop())
  print(style.dim(`$ switchboard run -f ${folder} --simulate ${script}`))
  return { calendar, collector, worker }
}

/** @param options of the first call */
export async function setUpTransfer(options: StageOptions, collector: TraceCollector): Promise<TransferStage> {
  const { closers, workerLines } = options
  let folder = exampleFolder('transfer')
  const wanted = personPort(folder)
  const port = (await isFree(wanted)) ? wanted : 0
  const person = await startPerson({ port, ringMs: RING_MS })
  closers.push(() => person.close())
  if (person.port !== wanted) {
    const copy = changedCopy(folder, `port: ${wanted}`, `port: ${person.port}`)
    closers.push(() => copy.remove())
    folder = copy.folder
  }
  const flags = flagsOf(folder, options.db, 0)
  const worker = await startWorkerProcess([...flags, '--simulate'], environment(collector), workerLines)
  closers.push(() => worker.stop())
  return { worker, person }
}

function flagsOf(folder: string, db: string, sipPort: number): string[] {
  const flags = {
    '-f': folder,
    '--sip-host': '127.0.0.1',
    '--advertise': '127.0.0.1',
    '--sip-port': String(sipPort),
    '--http-port': '0',
    '--log-level': 'warn',
    '--db': db,
  }
  return Object.entries(flags).flat()
}

/** Nothing of the user's own telemetry or account is used. */
function environment(collector: TraceCollector): Record<string, string | undefined> {
  const none = Object.keys(process.env).filter(name => name.startsWith('OTEL_') || name === 'OPENAI_API_KEY')
  return {
    ...Object.fromEntries(none.map(name => [name, undefined])),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  }
}

/** For both, UDP and TCP. */
async function isFree(port: number): Promise<boolean> {
  const udp = createSocket('udp4')
  const bound = await new Promise<boolean>(resolve => {
    udp.once('error', () => resolve(false))
    udp.bind({ address: '127.0.0.1', port, exclusive: true }, () => resolve(true))
  })
  udp.close()
  if (!bound) return false
  const tcp = createServer()
  return new Promise(resolve => {
    tcp.once('error', () => resolve(false))
    tcp.listen({ host: '127.0.0.1', port, exclusive: true }, () => tcp.close(() => resolve(true)))
  })
}
