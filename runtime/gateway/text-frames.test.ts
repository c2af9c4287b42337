import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { textFrames } from './text-frames.ts'

test('another WebSocket reads what was written, whatever the lengths, and a message of ws behind it', async () => {
  const texts = [0, 1, 125, 126, 127, 255, 256, 4000, 65_535].map((size, i) => String.fromCharCode(97 + i).repeat(size))
  const server = createServer()
  const wss = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    wss.handleUpgrade(request, socket, head, ws => {
      socket.write(textFrames(texts.map(text => Buffer.from(text))))
      ws.send('last')
      ws.close(1000)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const read: string[] = []
  client.on('message', (data: Buffer, isBinary) => read.push(isBinary ? 'binary' : data.toString()))
  const code = await new Promise(resolve => client.on('close', resolve))
  server.close()
  expect(code).toBe(1000)
  expect(read).toEqual([...texts, 'last'])
})

test('a message that no carrier would take is not written', () => {
  expect(() => textFrames([Buffer.alloc(65_536)])).toThrow(RangeError)
})
