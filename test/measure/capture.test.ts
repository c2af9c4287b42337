import { createSocket } from 'node:dgram'
import { expect, test } from 'vitest'
import { freePort, sleep } from '#test/phones/process.ts'
import { startCapture } from './capture.ts'

test('what was sent just before the end is captured, wherever the kernel is in its round', async () => {
  const port = await freePort()
  const captures = []
  for (let n = 0; n < 3; n++) {
    captures.push(await startCapture(`dst port ${port}`))
    await sleep(330)
  }
  const socket = createSocket('udp4')
  await new Promise<void>(sent => socket.send(Buffer.from('goodbye'), port, '127.0.0.1', () => sent()))
  const caught = await Promise.all(captures.map(capture => capture.stop()))
  socket.close()
  expect(caught.map(datagrams => datagrams.map(d => String(d.payload)))).toEqual([
    ['goodbye'],
    ['goodbye'],
    ['goodbye'],
  ])
})
