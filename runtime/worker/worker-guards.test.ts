import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import { SipLeg } from '#runtime/legs/sip/sip-leg.ts'
import { CallTrace } from '#runtime/telemetry/call-trace.ts'
import { udpPorts } from '#test/measure/process-stat.ts'
import { createLogger } from './logger.ts'
import { Phone } from './testing/phone.ts'
import { type Connection, type Provider, startProvider } from './testing/provider.ts'
import { startTestWorker, type TestWorkerOptions } from './testing/test-worker.ts'
import type { Worker } from './worker.ts'

// What a worker never does, whatever the call: listen to strangers, tell secrets, keep what a call held.

const byNumber = (a: number, b: number): number => a - b
let open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

async function scene(options: TestWorkerOptions = {}): Promise<{ provider: Provider; worker: Worker; phone: Phone }> {
  const provider = await startProvider()
  const worker = await startTestWorker(provider.baseURL, options)
  open.push(worker, provider)
  return { provider, worker, phone: await another(worker) }
}

/** A phone for one call. */
async function another(worker: Worker): Promise<Phone> {
  const phone = await Phone.open(worker.sipPort)
  open.push(phone)
  return phone
}

/** Up to the session of an answered call. */
async function answered(provider: Provider, phone: Phone): Promise<{ session: Connection; mediaPort: number }> {
  const before = provider.connections.length
  phone.invite()
  const ok = await phone.response(200)
  phone.ack()
  const session = await phone.until('session', () => provider.connections[before])
  return { session, mediaPort: Number(/m=audio (\d+)/.exec(ok.body)?.[1]) }
}

async function hangUp(worker: Worker, phone: Phone): Promise<void> {
  phone.hush()
  phone.bye()
  await phone.response(200, 'BYE')
  await phone.until('the call to be freed', () => worker.callCount === 0)
}

/** Speaks into a call from an address of its own, in the first second after the answer. */
async function intrude(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4')
  open.push({ close: () => socket.close() })
  socket.bind(0, address)
  await once(socket, 'listening')
  for (let n = 0; n < 25; n++) {
    const packet = Buffer.alloc(172, 0x55)
    packet[0] = 0x80
    packet[1] = 0
    packet.writeUInt16BE(n, 2)
    packet.writeUInt32BE(160 * n, 4)
    packet.writeUInt32BE(0x5eed, 8)
    socket.send(packet, port, '127.0.0.1')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

test('calls leave no port, no timer, and nothing to be ticked', async () => {
  const { provider, worker } = await scene()
  const call = async (): Promise<void> => {
    const phone = await another(worker)
    const { session, mediaPort } = await answered(provider, phone)
    phone.talk()
    await phone.until('caller audio', () => session.audio.length > 0)
    expect(worker.ticking).toBe(1)
    expect(await isFree(mediaPort)).toBe(false)
    await hangUp(worker, phone)
    await phone.until('the session to close', () => session.closed)
    expect([await isFree(mediaPort), await isFree(mediaPort + 1)]).toEqual([true, true])
  }
  await call()
  const before = timers()
  for (let n = 0; n < 4; n++) await call()
  const phone = await another(worker)
  await phone.until('timers to stop', () => timers() <= before)
  expect(worker.ticking).toBe(0)
})

test('a call whose tick throws ends alone: audio of the others goes on', async () => {
  const { provider, worker, phone } = await scene()
  await answered(provider, phone)
  const other = await another(worker)
  await answered(provider, other)
  const tick = vi.spyOn(SipLeg.prototype, 'tick')
  open.push({ close: () => tick.mockRestore() })
  tick.mockImplementationOnce(() => {
    throw new Error('a bug')
  })
  const ended = await Promise.race([phone, other].map(async one => (await one.request('BYE'), one)))
  const left = ended === phone ? other : phone
  await left.until('the broken call to be freed', () => worker.callCount === 1)
  const packets = left.packets.length
  await left.until('audio to go on', () => left.packets.length > packets + 10)
  expect(worker.ticking).toBe(1)
  await hangUp(worker, left)
})

test.each(['trace', 'record', 'leg'])('a call whose %s cannot be begun gets 500, and holds nothing', async broken => {
  let log = ''
  const written = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  const bug = (): never => {
    throw new Error('a bug at the beginning')
  }
  const { worker, phone } = await scene({
    log: createLogger('info', written),
    settings: { slots: 1 },
    ...(broken === 'record' && { ledger: { begin: bug } as unknown as Ledger }),
    ...(broken === 'trace' && { startCall: bug }),
  })
  const legStart = vi.spyOn(CallTrace.prototype, 'legStart')
  open.push({ close: () => legStart.mockRestore() })
  if (broken === 'leg') legStart.mockImplementationOnce(bug)
  const portsBefore = udpPorts(process.pid).toSorted(byNumber)
  phone.invite()
  // at once: half a second later is a retransmission of an answer that never left
  await phone.response(500, 'INVITE', 300)
  expect(log).toContain('a bug at the beginning')
  expect(worker.callCount).toBe(0)
  expect(udpPorts(process.pid).toSorted(byNumber)).toEqual(portsBefore)
  const load = await fetch(`http://127.0.0.1:${worker.httpPort}/v1/load`)
  const line: unknown = JSON.parse(Buffer.from((await load.body?.getReader().read())?.value ?? []).toString())
  expect(line).toMatchObject({ slots: { reserved: 0, busy: 0 } })
})

test('media from an address outside the trunk’s ranges is not heard, and takes no audio away', async () => {
  const { provider, phone } = await scene({ media: ['127.0.0.1/32'] })
  const { session, mediaPort } = await answered(provider, phone)
  await intrude('127.0.0.2', mediaPort)
  const packets = phone.packets.length
  await phone.until('audio to go on', () => phone.packets.length > packets + 10)
  expect(session.audio.length).toBeGreaterThan(1000)
  expect(session.audio.includes(0x55)).toBe(false)
})

test('media from inside the ranges is followed, for a peer may sit behind a NAT', async () => {
  const { provider, phone } = await scene({ media: ['127.0.0.0/30'] })
  const { session, mediaPort } = await answered(provider, phone)
  await intrude('127.0.0.2', mediaPort)
  await phone.until('the moved caller', () => session.audio.includes(0x55))
  // and answered: what the SDP named gets nothing more
  const packets = phone.packets.length
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(phone.packets).toHaveLength(packets)
})

test('the log holds no secret and nothing that was said', async () => {
  let log = ''
  const written = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  const credential = 'sk-proj-0123456789abcdef'
  const { provider, worker, phone } = await scene({
    log: createLogger('trace', written),
    credential,
    agent: { unavailable: { after: '1s', then: { reject: 480 } } },
  })
  const { session } = await answered(provider, phone)
  phone.talk()
  await phone.until('caller audio', () => session.audio.length > 0)
  session.speak('resp_1', 'item_1', Buffer.alloc(1600, 0x33))
  // what a vendor that echoes the key would say
  session.send({ type: 'error', error: { type: 'x', code: 'x', message: `Incorrect API key provided: ${credential}` } })
  await phone.until('agent audio', () => phone.heard().includes(0x33))
  phone.press(7)
  await hangUp(worker, phone)
  provider.refuse = 401
  const refused = await another(worker)
  refused.invite()
  await refused.response(480)
  expect(log).toContain('call answered')
  expect(log).not.toContain(credential.slice(3))
  expect(log).not.toContain('"hello"')
  expect(log.toLowerCase()).not.toContain('bearer')
})

function timers(): number {
  return process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
}

async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const free = await new Promise<boolean>(resolve => {
    socket.once('error', () => resolve(false))
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => resolve(true))
  })
  socket.close()
  return free
}
