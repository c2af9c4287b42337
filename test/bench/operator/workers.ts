/**
 * A process that is the HTTP API of all workers: whatever address of 127.0.0.0/8 is asked is a pod. Which one it is, it reads from the token, as
 * nobody checks it here. It keeps what it is told per pod: the revision it serves, and that it drains.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** Of every worker's HTTP API. */
const HTTP_PORT = 8080
const HEARTBEAT_MS = 2000
const SLICES = 20
const FIGURES = Object.fromEntries(
  ['turn_gap', 'barge_in_stop', 'answer', 'duration', 'mos'].map(name => [name, Array.from({ length: 14 }, () => 0)]),
)

interface Worker {
  readonly uid: string
  readonly boot: string
  /** When in two seconds its heartbeat is. */
  readonly slice: number
  readonly streams: Set<ServerResponse>
  seq: number
  drain: null | { readonly id: string; readonly deadline: number; readonly longestMs: number }
  readonly revisions: Record<string, { readonly calls: 0; readonly figures: typeof FIGURES; readonly id?: string }>
}

const workers = new Map<string, Worker>()
let streams = 0
let puts = 0

function workerOf({ headers }: IncomingMessage): Worker {
  const [, claims = ''] = headers.authorization?.split('.') ?? []
  const { aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: string }
  const [, uid = ''] = aud.split('/')
  let worker = workers.get(uid)
  if (worker === undefined) {
    const slice = workers.size % SLICES
    worker = { uid, boot: randomUUID(), slice, streams: new Set(), seq: 0, drain: null, revisions: {} }
    workers.set(uid, worker)
  }
  return worker
}

function say(worker: Worker): void {
  worker.seq += 1
  const { uid, boot, seq, drain, revisions } = worker
  const slots = { total: 50, reserved: 0, busy: 0 }
  const line = `${JSON.stringify({ v: 1, pod: uid, uid, boot, seq, slots, outbox: 0, drain, revisions })}\n`
  for (const stream of worker.streams) stream.write(line)
}

function load(worker: Worker, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  worker.streams.add(response)
  streams += 1
  response.on('close', () => {
    worker.streams.delete(response)
    streams -= 1
  })
  say(worker)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const worker = workerOf(request)
  const { method, url = '' } = request
  if (method === 'GET') return load(worker, response)
  const { id, deadline } = JSON.parse(await text(request)) as { id: string; deadline: number }
  let said: object
  if (method === 'PUT') {
    puts += 1
    worker.revisions[decodeURIComponent(url.slice('/v1/revisions/'.length))] = { calls: 0, figures: FIGURES, id }
    said = { v: 1, id }
  } else {
    worker.drain = { id, deadline, longestMs: 0 }
    said = { v: 1, id, deadline, busy: 0 }
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  say(worker)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
})
server.keepAliveTimeout = 1

let turn = 0
setInterval(() => {
  turn = (turn + 1) % SLICES
  for (const worker of workers.values()) if (worker.slice === turn && worker.streams.size > 0) say(worker)
}, HEARTBEAT_MS / SLICES)

process.on('message', () => process.send?.({ streams, puts }))
process.on('disconnect', () => process.exit(0))

server.on('error', error => process.send?.({ error: error.message }))
server.listen({ host: '0.0.0.0', port: HTTP_PORT, backlog: 4096 }, () => process.send?.({}))
