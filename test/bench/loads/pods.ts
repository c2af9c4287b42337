/** A process that is the HTTP API of any number of pods: whatever address of 127.0.0.0/8 is asked is a pod. Raw sockets, to cost little. */
import { createServer, type Socket } from 'node:net'

const HEARTBEAT_MS = 2000
const SLICES = 20
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n'
const FIGURES = Object.fromEntries(
  ['turn_gap', 'barge_in_stop', 'answer', 'duration', 'mos'].map(name => [name, Array.from({ length: 14 }, () => 7)]),
)

interface Stream {
  readonly address: string
  /** When in two seconds its heartbeat is. */
  readonly slice: number
  calls: number
  seq: number
}

const streams = new Map<Socket, Stream>()

function say(socket: Socket, stream: Stream): void {
  stream.seq += 1
  const line = `${JSON.stringify({
    v: 1,
    pod: stream.address,
    uid: stream.address,
    boot: '6c1e7a4e-0000-4000-8000-0000000000a1',
    slots: { total: 50, reserved: 0, busy: stream.calls },
    outbox: 0,
    drain: null,
    revisions: { 'reception-1': { calls: stream.calls, figures: FIGURES, id: '0123456789abcdef0123456789abcdef' } },
    secrets: { 'openai/apiKey': 'present' },
    seq: stream.seq,
  })}\n`
  socket.write(`${line.length.toString(16)}\r\n${line}\r\n`)
}

let connections = 0

const server = createServer(socket => {
  socket.on('error', () => undefined)
  socket.on('close', () => streams.delete(socket))
  socket.once('data', () => {
    connections += 1
    const address = (socket.localAddress ?? '').replace('::ffff:', '')
    // rises over connections, as a worker's does
    const stream = { address, slice: connections % SLICES, calls: 0, seq: connections * 1_000_000 }
    socket.write(HEAD)
    streams.set(socket, stream)
    say(socket, stream)
  })
})

let turn = 0
setInterval(() => {
  turn = (turn + 1) % SLICES
  for (const [socket, stream] of streams) if (stream.slice === turn) say(socket, stream)
}, HEARTBEAT_MS / SLICES)

/** Pods whose calls change, a second. */
let changing = 0
setInterval(() => {
  const all = [...streams]
  for (let n = 0; n < Math.min(all.length, changing / 10); n += 1) {
    const [socket, stream] = all[Math.floor(Math.random() * all.length)] as [Socket, Stream]
    stream.calls = (stream.calls + 1) % 40
    say(socket, stream)
  }
}, 100)

process.on('message', (order: { readonly cut?: true; readonly changing?: number }) => {
  changing = order.changing ?? changing
  if (order.cut) for (const socket of streams.keys()) socket.destroy()
})
process.on('disconnect', () => process.exit(0))

server.listen({ host: '0.0.0.0', port: 0, backlog: 4096 }, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
