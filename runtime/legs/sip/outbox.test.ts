import { expect, test } from 'vitest'
import { Outbox, type PacketSender } from './outbox.ts'

const TO = { address: '127.0.0.1', port: 4000 }
const put = (outbox: Outbox, sender: PacketSender, ...bytes: number[]): void => {
  outbox.next.set(bytes)
  outbox.put(sender, bytes.length, TO)
}

test('what was put leaves at the flush, in order, once', () => {
  const sent: string[] = []
  const sender = (name: string): PacketSender => ({ sendRtp: packet => sent.push(name + packet.join()) })
  const [a, b] = [sender('a'), sender('b')]
  const outbox = new Outbox()
  put(outbox, a, 1)
  put(outbox, b, 2, 3)
  put(outbox, a, 4)
  expect(sent).toEqual([])
  outbox.flush()
  outbox.flush()
  expect(sent).toEqual(['a1', 'b2,3', 'a4'])
})

test('a packet that cannot be sent does not hold up the others', () => {
  const sent: number[] = []
  const broken: PacketSender = {
    sendRtp: () => {
      throw new Error('no')
    },
  }
  const outbox = new Outbox()
  put(outbox, broken, 1)
  put(outbox, { sendRtp: packet => sent.push(packet[0]!) }, 2)
  outbox.flush()
  expect(sent).toEqual([2])
})

test('however many are due at once, none is overwritten before it has left', () => {
  const sent: number[] = []
  const sender: PacketSender = { sendRtp: packet => sent.push(packet[0]! * 256 + packet[1]!) }
  const outbox = new Outbox()
  for (const due of [30, 50, 500, 7, 1000]) {
    sent.length = 0
    for (let i = 0; i < due; i++) put(outbox, sender, i >> 8, i & 255)
    outbox.flush()
    expect(sent).toEqual(Array.from({ length: due }, (_, i) => i))
  }
})

test('a buffer rests for a while before it is written again', () => {
  const outbox = new Outbox()
  const first = outbox.next
  const sender: PacketSender = { sendRtp: () => {} }
  for (let i = 0; i < 32; i++) {
    put(outbox, sender, i)
    outbox.flush()
    expect(outbox.next).not.toBe(first)
  }
})
