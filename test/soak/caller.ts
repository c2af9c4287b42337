/** One soak caller: sets up a call and ends it in the way it was told to. */
import { createSocket, type Socket } from 'node:dgram'
import { type HandCall, type HandSip, offer } from '#test/phones/hand-sip.ts'
import { sleep } from '#test/phones/process.ts'
import { NUMBER } from '#test/product/manifests.ts'

/** Every way a call can begin and end; the soak goes round and round. */
export const WAYS = [
  'bye',
  'bye at once',
  'cancel',
  'cancel at once',
  'vanish',
  'no ack',
  'operator',
  'limit',
  'hold',
  'moves',
  'late offer',
  'nothing fits',
  'unknown number',
  'provider drops',
  'garbage',
  'twice the INVITE',
  'keys',
] as const
export type Way = (typeof WAYS)[number]

export interface Around {
  readonly sip: HandSip
  readonly random: () => number
  /** DELETE /v1/calls of one that is up. */
  readonly endOne: () => Promise<void>
  /** A fault in some session. */
  readonly dropOne: () => Promise<void>
  /** 160-byte frames of speech, u-law. */
  readonly speech: readonly Buffer[]
}

/** Statuses and ends that were seen; `none` counts calls that got no final answer. */
export interface Seen {
  [what: string]: number
}

/** Runs one call to its end from the caller's side. Resolves when the caller is done with it, which may be before the worker is. */
export async function runCaller(way: Way, around: Around, seen: Seen): Promise<void> {
  const rtp = createSocket('udp4')
  rtp.on('error', () => {})
  await new Promise<void>(resolve => rtp.bind(0, '127.0.0.1', resolve))
  const state = { final: 0, ended: false }
  const port = rtp.address().port
  const codecs = way === 'nothing fits' ? '9 101' : undefined
  const call = around.sip.call({
    number: way === 'unknown number' ? '+19998887777' : NUMBER,
    sdp: way === 'late offer' ? '' : offer(port, 'sendrecv', codecs),
    onBye: () => {
      state.ended = true
    },
    onStatus: (c, status) => {
      if (status >= 180 && status < 200 && way === 'cancel') c.cancel()
      if (status < 200) return
      if (state.final === 0) state.final = status
      if (status === 200 && way !== 'no ack') c.ack()
    },
  })
  if (way === 'cancel at once') call.cancel()
  if (way === 'twice the INVITE') call.repeat()
  const speaking = speak(rtp, call, around, state)
  await until(() => state.final !== 0, 5000)
  seen[String(state.final === 0 ? 'none' : state.final)] =
    (seen[String(state.final === 0 ? 'none' : state.final)] ?? 0) + 1
  if (state.final === 200) await talk(way, call, around, state, port)
  // A call that was answered although cancelled is hung up, as a phone would.
  if (state.final === 200 && !state.ended && way !== 'vanish' && way !== 'no ack') call.bye()
  state.ended = true
  await speaking
  await sleep(100)
  around.sip.forget(call)
  rtp.close()
}

async function talk(way: Way, call: HandCall, around: Around, state: { ended: boolean }, port: number): Promise<void> {
  const stay = 800 + around.random() * 5000
  switch (way) {
    case 'bye at once':
    case 'cancel':
    case 'cancel at once':
    case 'vanish':
    case 'no ack':
      await sleep(way === 'vanish' ? 1500 : 20)
      return
    case 'operator':
      await sleep(stay)
      await around.endOne()
      return
    case 'provider drops':
      await sleep(stay / 2)
      await around.dropOne()
      await sleep(stay / 2)
      return
    case 'limit':
      await until(() => state.ended, 20_000)
      return
    case 'hold':
      await sleep(500)
      call.reinvite(offer(port, 'sendonly'))
      await sleep(stay / 2)
      call.reinvite(offer(port))
      await sleep(stay / 2)
      return
    case 'moves':
      await sleep(500)
      call.reinvite(offer(port, 'sendrecv', '8 101'))
      await sleep(stay)
      return
    case 'garbage':
      for (let i = 0; i < 50; i++) {
        around.sip.send(
          String.fromCharCode(...Array.from({ length: 80 }, () => 10 + Math.floor(around.random() * 110))),
        )
        await sleep(10)
      }
      await sleep(stay)
      return
    case 'bye':
    case 'keys':
    case 'late offer':
    case 'nothing fits':
    case 'twice the INVITE':
    case 'unknown number':
      await sleep(stay)
  }
}

/** 20 ms frames of speech and pauses, until the call is over. */
async function speak(rtp: Socket, call: HandCall, around: Around, state: { ended: boolean }): Promise<void> {
  const packet = Buffer.alloc(172, 0xff)
  packet[0] = 0x80
  packet.writeUInt32BE(Math.floor(around.random() * 2 ** 32), 8)
  let frame = Math.floor(around.random() * 1000)
  const began = performance.now()
  for (let sent = 0; !state.ended && sent < 2500; sent++, frame++) {
    packet.writeUInt16BE(frame & 0xffff, 2)
    packet.writeUInt32BE((frame * 160) >>> 0, 4)
    const voice = around.speech[frame % 300]
    if (voice === undefined) packet.fill(0xff, 12)
    else voice.copy(packet, 12)
    if (call.rtpPort > 0) rtp.send(packet, call.rtpPort, '127.0.0.1')
    await sleep(Math.max(1, began + (sent + 1) * 20 - performance.now()))
  }
}

async function until(done: () => boolean, ms: number): Promise<void> {
  for (let waited = 0; waited < ms && !done(); waited += 20) await sleep(20)
}
