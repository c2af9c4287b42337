import { createSocket, type Socket } from 'node:dgram'
import { afterEach, expect, test } from 'vitest'
import { MediaSockets } from './media-sockets.ts'
import { Outbox } from './outbox.ts'
import { PortRange } from './port-range.ts'

const held: Socket[] = []
afterEach(() => {
  for (const socket of held.splice(0)) socket.close()
})

/** Takes a port, or finds that somebody else has it. */
async function hold(port: number): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => {
    socket.once('error', () => {
      socket.close()
      resolve()
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      held.push(socket)
      resolve()
    })
  })
}

test('ports that another process holds are skipped, however many', async () => {
  const range = new PortRange(28_000, 28_199)
  for (let port = 28_000; port < 28_160; port += 2) await hold(port)
  const sockets = await MediaSockets.open('127.0.0.1', range, () => 0, new Outbox())
  expect(sockets?.port).toBeGreaterThanOrEqual(28_160)
  sockets?.close()
  expect(range.taken).toBe(0)
})

test('none is left: null, and nothing is kept', async () => {
  const range = new PortRange(28_200, 28_219)
  for (let port = 28_200; port < 28_220; port += 2) await hold(port)
  expect(await MediaSockets.open('127.0.0.1', range, () => 0, new Outbox())).toBeNull()
  expect(range.taken).toBe(0)
})
