import { afterEach, expect, test } from 'vitest'
import { Phone } from './testing/phone.ts'
import { type Provider, startProvider } from './testing/provider.ts'
import { startTestWorker } from './testing/test-worker.ts'
import type { Worker } from './worker.ts'

let open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.reverse()) await one.close()
  open = []
})

async function scene(
  options: Parameters<typeof startTestWorker>[1] = {},
): Promise<{ provider: Provider; worker: Worker; phone: Phone }> {
  const provider = await startProvider()
  open.push(provider)
  const worker = await startTestWorker(provider.baseURL, options)
  open.push(worker)
  const phone = await Phone.open(worker.sipPort)
  open.push(phone)
  return { provider, worker, phone }
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
  await phone.until('caller audio at the provider', () => connection.audio.length > 8000)
  expect(connection.audio.includes(Buffer.alloc(160, 0x20))).toBe(true)
  connection.speak('resp_1', 'item_1', Buffer.alloc(8000, 0x33))
  await phone.until('agent audio at the caller', () => phone.heard().filter(byte => byte === 0x33).length >= 8000)
  phone.bye()
  await phone.response(200, 'BYE')
  await phone.until('the call to be freed', () => worker.callCount === 0)
  await phone.until('the session to close', () => connection.closed)
})
