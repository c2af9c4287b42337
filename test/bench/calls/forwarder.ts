/**
 * The baseline: a bare forwarder between UDP and a WebSocket, the least that any bridge in Node must do. RTP payload → base64 JSON, two frames a
 * message; audio deltas → a queue → one RTP packet per 20 ms. No SIP, no reordering, no interruption, no accounting.
 *
 * usage: forwarder.ts CALLS PROVIDER_PORT; prints its RTP ports as JSON, one line.
 */
import { createSocket, type Socket } from 'node:dgram'
import { WebSocket } from 'ws'

const [calls, providerPort] = [Number(process.argv[2]), Number(process.argv[3])]

interface Bridge {
  readonly udp: Socket
  readonly ws: WebSocket
  readonly out: Buffer
  readonly batch: Buffer
  batched: number
  queue: Buffer[]
  at: number
  peer: { port: number; address: string } | null
  sequence: number
}

async function bridge(): Promise<Bridge> {
  const udp = createSocket('udp4')
  await new Promise<void>(resolve => udp.bind(0, '127.0.0.1', resolve))
  const ws = new WebSocket(`ws://127.0.0.1:${providerPort}/v1/realtime?model=m`, { perMessageDeflate: false })
  await new Promise(resolve => ws.once('open', resolve))
  const b: Bridge = {
    udp,
    ws,
    out: Buffer.alloc(172, 0xff),
    batch: Buffer.alloc(320),
    batched: 0,
    queue: [],
    at: 0,
    peer: null,
    sequence: 0,
  }
  b.out[0] = 0x80
  b.out[1] = 0
  udp.on('message', (packet, from) => {
    b.peer ??= { port: from.port, address: from.address }
    packet.copy(b.batch, b.batched, 12, 172)
    b.batched += 160
    if (b.batched < 320) return
    b.batched = 0
    ws.send(`{"type":"input_audio_buffer.append","audio":"${b.batch.toString('base64')}"}`)
  })
  ws.on('message', (data: Buffer) => {
    const text = data.toString('latin1')
    if (text.startsWith('{"type":"response.output_audio.delta"')) {
      const from = text.indexOf('"delta":"') + 9
      b.queue.push(Buffer.from(text.slice(from, text.indexOf('"', from)), 'base64'))
    } else if (text.includes('speech_started')) {
      b.queue = []
      b.at = 0
    }
  })
  return b
}

const bridges: Bridge[] = []
for (let i = 0; i < calls; i++) bridges.push(await bridge())

let due = performance.now()
const beat = (): void => {
  const now = performance.now()
  while (due <= now) {
    for (const b of bridges) send(b)
    due += 20
  }
  setTimeout(beat, Math.max(0, due - performance.now()))
}
function send(b: Bridge): void {
  if (b.peer === null) return
  const head = b.queue[0]
  if (head === undefined) b.out.fill(0xff, 12)
  else {
    head.copy(b.out, 12, b.at, b.at + 160)
    b.at += 160
    if (b.at >= head.length) {
      b.queue.shift()
      b.at = 0
    }
  }
  b.out.writeUInt16BE(b.sequence & 0xffff, 2)
  b.out.writeUInt32BE((b.sequence * 160) >>> 0, 4)
  b.sequence++
  b.udp.send(b.out, b.peer.port, b.peer.address)
}
beat()
process.stdout.write(`${JSON.stringify(bridges.map(b => b.udp.address().port))}\n`)
