import { expect, test } from 'vitest'
import { SendQueue } from './send-queue.ts'

test('what waits leaves at the flush, in order, once', () => {
  const queue = new SendQueue()
  const sent: string[] = []
  queue.add({ flush: () => sent.push('a') })
  queue.add({ flush: () => sent.push('b') })
  expect(sent).toEqual([])
  queue.flush()
  queue.flush()
  expect(sent).toEqual(['a', 'b'])
})
