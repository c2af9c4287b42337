import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { afterEach, expect, test, vi } from 'vitest'
import { spanOf } from '#crds/called-number.ts'
import { parseCidr } from '#crds/cidr.ts'
import { loadLineSchema } from '#runtime/contract/load-line.ts'
import { policyOf } from './behaviour-to-policy.ts'
import { Phone } from './testing/phone.ts'
import { type Connection, type Provider, startProvider } from './testing/provider.ts'
import { startTestWorker, type TestWorkerOptions, testBehaviour } from './testing/test-worker.ts'
import type { Worker } from './worker.ts'

let open: { close(): unknown }[] = []

afterEach(async () => {
  // the worker first, while there is somebody to answer its BYE
  for (const one of open) await one.close()
  open = []
})

interface Scene {
  readonly provider: Provider
  readonly worker: Worker
  readonly phone: Phone
}

async function scene(options: TestWorkerOptions = {}): Promise<Scene> {
  const provider = await startProvider()
  const worker = await startTestWorker(provider.baseURL, options)
  open.push(worker, provider)
  return { provider, worker, phone: await another(worker) }
}

async function another(worker: Worker): Promise<Phone> {
  const phone = await Phone.open(worker.sipPort)
  open.push(phone)
  return phone
}

/** Up to the first caller audio at the provider. */
async function answered({ provider, phone }: Scene): Promise<Connection> {
  const before = provider.connections.length
  phone.invite()
  await phone.response(200)
  phone.ack()
  phone.talk()
  const connection = await phone.until('session', () => provider.connections[before])
  await phone.until('caller audio', () => connection.audio.length > 0)
  return connection
}

async function freed(worker: Worker, phone: Phone): Promise<void> {
  await phone.until('the call to be freed', () => worker.callCount === 0)
}

function http(worker: Worker, path: string, init?: RequestInit): Promise<Response> {
  return fetch(`http://127.0.0.1:${worker.httpPort}${path}`, init)
}

test('a whole call: ring, session, answer, audio both ways, hang-up by the caller', async () => {
  const { provider, worker, phone } = await scene()
  phone.frame = n => Buffer.alloc(160, 0x10 + (n % 64))
  phone.invite()
  await phone.response(180)
  const ok = await phone.response(200)
  expect(ok.body).toMatch(/m=audio \d+ RTP\/AVP 0 101/)
  phone.ack()
  phone.talk()
  const connection = await phone.until('session', () => provider.connections[0])
  expect(connection.headers.authorization).toBe('Bearer sk-test')
  await phone.until('caller audio at the provider', () => connection.audio.length > 8000)
  expect(connection.audio.includes(Buffer.alloc(160, 0x20))).toBe(true)
  connection.speak('resp_1', 'item_1', Buffer.alloc(8000, 0x33))
  await phone.until('agent audio', () => phone.heard().filter(byte => byte === 0x33).length >= 8000)
  phone.bye()
  await phone.response(200, 'BYE')
  await freed(worker, phone)
  await phone.until('the session to close', () => connection.closed)
})

test('audio to the caller is one packet each 20 ms from the ACK on, silence included', async () => {
  const all = await scene()
  const { phone } = all
  await answered(all)
  await phone.until('fifty packets', () => phone.packets.length >= 50)
  const packets = phone.packets.slice(0, 50)
  for (const [i, packet] of packets.entries()) {
    const first = packets[0] as Buffer
    expect(packet.readUInt16BE(2)).toBe((first.readUInt16BE(2) + i) & 0xffff)
    expect(packet.readUInt32BE(4)).toBe((first.readUInt32BE(4) + 160 * i) >>> 0)
    expect(packet).toHaveLength(172)
  }
})

test('the law of the call is the law of the session: A-law goes through untouched', async () => {
  const { provider, phone } = await scene()
  phone.frame = () => Buffer.alloc(160, 0x2a)
  phone.invite({ payloadTypes: [8] })
  const ok = await phone.response(200)
  expect(ok.body).toMatch(/m=audio \d+ RTP\/AVP 8 101/)
  phone.ack()
  phone.talk()
  const connection = await phone.until('session', () => provider.connections[0])
  const update = JSON.stringify(connection.of('session.update')[0])
  expect(update).toContain('audio/pcma')
  await phone.until('caller audio', () => connection.audio.includes(Buffer.alloc(320, 0x2a)))
})

test('a late offer is answered with ours, and the law comes with the ACK', async () => {
  const { provider, phone } = await scene()
  phone.invite({ lateOffer: true })
  const ok = await phone.response(200)
  expect(ok.body).toMatch(/m=audio \d+ RTP\/AVP 0 8 101/)
  phone.frame = () => Buffer.alloc(160, 0xd5)
  phone.ack(phone.sdp([0]))
  phone.talk()
  const connection = await phone.until('session', () => provider.connections[0])
  await phone.until('caller audio', () => connection.audio.length > 1000)
})

test('an unknown number is 404, and holds nothing', async () => {
  const { worker, phone } = await scene()
  phone.invite({ number: '+15005550006' })
  // at once: half a second later is a retransmission of an answer that never left
  await phone.response(404, 'INVITE', 300)
  expect(worker.callCount).toBe(0)
})

test('an address that is no peer gets no answer, over UDP and TCP', async () => {
  const { worker, phone } = await scene({ peers: ['192.0.2.0/24'] })
  phone.invite()
  await expect(phone.until('anything', () => phone.messages[0], 400)).rejects.toThrow('no anything')
  const { connect } = await import('node:net')
  const socket = connect(worker.sipPort, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'close')
  const metrics = await (await http(worker, '/metrics')).text()
  expect(metrics).toMatch(/reason="forbidden"/)
})

test('the call beyond the last slot is 503 with Retry-After, and the next one after a hang-up is taken', async () => {
  const all = await scene({ settings: { slots: 1 } })
  const { worker, phone } = all
  await answered(all)
  const second = await another(worker)
  second.invite()
  const refused = await second.response(503)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(second.messages.some(message => message.status === 180)).toBe(false)
  phone.bye()
  await freed(worker, phone)
  const third = await another(worker)
  third.invite()
  await third.response(200)
})

test('CANCEL while it rings: 487, and session and slot are given back', async () => {
  const { provider, worker, phone } = await scene()
  provider.configures = false
  phone.invite()
  await phone.response(180)
  const connection = await phone.until('session', () => provider.connections[0])
  phone.cancel()
  await phone.response(200, 'CANCEL')
  await phone.response(487)
  await freed(worker, phone)
  await phone.until('the session to close', () => connection.closed)
  expect(JSON.parse(await firstLine(worker))).toMatchObject({ slots: { reserved: 0, busy: 0 } })
})

test('no session in time: refused as the agent declares', async () => {
  const { provider, worker, phone } = await scene({ agent: { unavailable: { after: '1s', then: { reject: 486 } } } })
  provider.configures = false
  phone.invite()
  await phone.response(486)
  await freed(worker, phone)
  expect(phone.messages.some(message => message.status === 200)).toBe(false)
})

test('a provider that refuses the key: refused before the answer', async () => {
  const { provider, worker, phone } = await scene({ agent: { unavailable: { after: '5s', then: { reject: 480 } } } })
  provider.refuse = 401
  phone.invite()
  await phone.response(480)
  await freed(worker, phone)
  expect(phone.messages.some(message => message.status === 200)).toBe(false)
})

test('no session and an apology to say: answered, the clip is heard, then hang-up', async () => {
  const { provider, worker, phone } = await scene({
    agent: { unavailable: { after: '1s', say: { clip: 'builtin:goodbye' }, then: { hangUp: {} } } },
  })
  provider.refuse = 401
  phone.invite()
  await phone.response(200)
  phone.ack()
  phone.talk()
  await phone.request('BYE', 8000)
  expect(phone.heard().filter(byte => byte !== 0xff).length).toBeGreaterThan(1000)
  await freed(worker, phone)
})

test('a drain refuses at once, and ends the calls there are at its deadline', async () => {
  const all = await scene()
  const { worker, phone } = all
  await answered(all)
  const answer = worker.drain({ id: 'd1', deadline: Date.now() + 600 })
  expect(answer).toMatchObject({ id: 'd1', busy: 1 })
  const second = await another(worker)
  second.invite()
  const refused = await second.response(503)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  const line = loadLineSchema.parse(JSON.parse(await firstLine(worker)))
  expect(line.drain?.id).toBe('d1')
  expect(line.slots.busy).toBe(1)
  const bye = await phone.request('BYE', 8000)
  expect(bye.headers['reason']).toContain('drain')
  await worker.empty()
})

test('a deadline that is no date drains nothing, whoever asks again', async () => {
  const { worker, phone } = await scene()
  const ask = () =>
    http(worker, '/v1/drain', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'in nanoseconds', deadline: Date.now() * 1e6 }),
    })
  expect([(await ask()).status, (await ask()).status]).toEqual([400, 400])
  expect(worker.draining).toBe(false)
  phone.invite()
  await phone.response(200)
  phone.ack()
})

test('an operator lists calls and ends one', async () => {
  const all = await scene()
  const { worker, phone } = all
  await answered(all)
  const { calls } = (await (await http(worker, '/v1/calls')).json()) as {
    calls: { id: string; agent: string; phase: string }[]
  }
  expect(calls).toMatchObject([{ agent: 'default/reception', phase: 'live' }])
  expect((await http(worker, '/v1/calls/nobody', { method: 'DELETE' })).status).toBe(404)
  expect((await http(worker, `/v1/calls/${calls[0]?.id}`, { method: 'DELETE' })).status).toBe(202)
  await phone.request('BYE')
  await freed(worker, phone)
})

test('a tool call goes out over HTTP with the trace of the call, and its result to the model', async () => {
  const requests: { request: IncomingMessage; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', data => {
      body += data
    })
    request.on('end', () => {
      requests.push({ request, body })
      response.setHeader('content-type', 'application/json')
      response.end('{"free":["10:00"]}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({ close: () => server.close() })
  const { port } = server.address() as { port: number }
  const tool = {
    name: 'find_appointment',
    description: 'Finds free appointments.',
    parameters: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
    effect: 'Read',
    http: { url: `http://127.0.0.1:${port}/find` },
  }
  const { provider, phone } = await scene({ agent: { tools: [tool] } })
  phone.invite({ headers: ['traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'] })
  await phone.response(200)
  phone.ack()
  phone.talk()
  const connection = await phone.until('session', () => provider.connections[0])
  await phone.until('audio', () => connection.audio.length > 0)
  connection.callTool('resp_1', 'call_1', 'find_appointment', { day: '2026-12-01' })
  const results = await phone.until('the result', () =>
    connection.of('conversation.item.create').find(event => JSON.stringify(event).includes('10:00')),
  )
  expect(JSON.stringify(results)).toContain('call_1')
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ day: '2026-12-01' })
  expect(requests[0]?.request.headers['traceparent']).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
  await phone.until('a response for it', () => connection.of('response.create')[0])
})

test('end_call by the agent: its last words are heard, then BYE', async () => {
  const all = await scene({ agent: { callControl: { endCall: {} } } })
  const { worker, phone } = all
  const connection = await answered(all)
  expect(JSON.stringify(connection.of('session.update')[0])).toContain('end_call')
  connection.speak('resp_1', 'item_1', Buffer.alloc(4000, 0x44))
  await phone.until('the words to begin', () => phone.heard().includes(0x44))
  connection.callTool('resp_2', 'call_1', 'end_call', {})
  await phone.request('BYE', 12_000)
  await phone.until('all words', () => phone.heard().filter(byte => byte === 0x44).length === 4000, 500)
  await freed(worker, phone)
})

test('keys reach the model as text', async () => {
  const all = await scene()
  const { phone } = all
  const connection = await answered(all)
  for (const digit of [4, 2, 11]) phone.press(digit)
  const told = await phone.until('the keys', () => connection.of('conversation.item.create')[0])
  expect(JSON.stringify(told)).toContain('42')
})

test('hold: nothing is sent, the model hears silence, and audio goes on after it', async () => {
  const all = await scene()
  const { phone } = all
  phone.frame = () => Buffer.alloc(160, 0x21)
  const connection = await answered(all)
  phone.reinvite('sendonly')
  await phone.until(
    'second 200',
    () => phone.messages.filter(m => m.status === 200 && m.method === 'INVITE').length >= 2,
  )
  phone.ack()
  await new Promise(resolve => setTimeout(resolve, 100))
  const [packets, heard] = [phone.packets.length, connection.audio.length]
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(phone.packets.length - packets).toBeLessThanOrEqual(1)
  const during = connection.audio.subarray(heard)
  expect(during.length).toBeGreaterThan(1000)
  expect(during.includes(0x21)).toBe(false)
  phone.reinvite('sendrecv')
  await phone.until(
    'third 200',
    () => phone.messages.filter(m => m.status === 200 && m.method === 'INVITE').length >= 3,
  )
  phone.ack()
  await phone.until('packets again', () => phone.packets.length > packets + 10)
})

test('a revision comes over HTTP, and is answered as', async () => {
  const { provider, worker, phone } = await scene()
  const peers = [{ signalling: ['127.0.0.0/8'], media: ['127.0.0.0/8'] }]
  const trunk = { key: 'default/pbx', peers, codecs: ['PCMU'] }
  const request = {
    v: 1,
    agent: 'default/other',
    content: testBehaviour(provider.baseURL),
    routes: [{ trunk, numbers: [{ number: '+14155550111' }] }],
  }
  const put = (body: unknown): Promise<Response> =>
    http(worker, '/v1/revisions/other-3', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const refused = await put({ ...request, content: { model: {} } })
  expect(refused.status).toBe(422)
  expect(await refused.json()).toMatchObject({ code: 'SB_WORKER_REVISION' })
  const deaf = { ...trunk, peers: [{ signalling: ['127.0.0.0/33'], media: [] }] }
  for (const body of [
    { ...request, routes: [{ trunk: deaf, numbers: [{ number: '1' }] }] },
    { ...request, routes: [{ trunk, numbers: [{}] }] },
    { ...request, routes: [] },
  ])
    expect((await put(body)).status).toBe(422)
  const clip = { encoding: 'pcmu', rateHz: 8000, audio: Buffer.alloc(400_000).toString('base64') }
  const parse = vi.spyOn(JSON, 'parse')
  open.push({ close: () => parse.mockRestore() })
  expect((await put({ ...request, clips: { long: clip } })).status).toBe(204)
  // on the media loop it would be heard
  for (const [text] of parse.mock.calls) expect(text.length).toBeLessThan(100_000)
  expect(worker.clips.has('long')).toBe(true)
  phone.invite({ number: '+14155550111' })
  await phone.response(200)
  const { calls } = (await (await http(worker, '/v1/calls')).json()) as { calls: { revision: string }[] }
  expect(calls).toMatchObject([{ revision: 'other-3' }])
})

test('a call goes on with the peers it began with when a revision with others replaces its own', async () => {
  const all = await scene()
  const { provider, worker, phone } = all
  await answered(all)
  const content = testBehaviour(provider.baseURL)
  const networks = [parseCidr('192.0.2.0/24') ?? { bytes: [], bits: 0 }]
  const access = { latch: true, peers: [{ signalling: networks, media: networks }] }
  worker.serve({ agent: 'default/reception', name: 'reception-2', behaviour: content, policy: policyOf(content) }, [
    { trunk: { key: 'default/pbx', access, laws: ['PCMU'] }, span: spanOf({ number: '+14155550100' }) },
  ])
  const oks = (method: string) => phone.messages.filter(m => m.status === 200 && m.method === method).length
  phone.reinvite('sendonly')
  await phone.until('200 to the re-INVITE', () => oks('INVITE') >= 2)
  phone.ack()
  // no new call, though: that is the new peers' to make
  const second = await another(worker)
  second.invite()
  await second.response(404)
  expect(worker.callCount).toBe(1)
  phone.bye()
  await freed(worker, phone)
  await phone.response(200, 'BYE')
  // the answer to a BYE may be lost
  const answers = oks('BYE')
  phone.byeAgain()
  await phone.until('another 200 to the BYE', () => oks('BYE') > answers)
})

async function firstLine(worker: Worker): Promise<string> {
  const response = await http(worker, '/v1/load')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return Buffer.from(value ?? []).toString()
}
