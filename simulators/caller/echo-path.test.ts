import { expect, test } from 'vitest'
import { ECHO_DELAYS, ECHO_LEVELS, EchoPath } from './echo-path.ts'
import { Recording } from './recording.ts'

const FRAME = 160

/** What the caller sends, frame by frame, when the agent's side of the recording holds one click. */
function sent(
  db: number,
  delayMs: number,
  click: { readonly at: number; readonly height: number },
  own = 0,
): Int16Array {
  const recording = new Recording(0)
  recording.write('agent', 0, new Int16Array(16_000))
  recording.write('agent', click.at, Int16Array.of(click.height))
  const path = new EchoPath({ db, delayMs })
  const out = new Int16Array(16_000)
  for (let at = 0; at + FRAME <= out.length; at += FRAME) {
    const frame = new Int16Array(FRAME).fill(own)
    path.mix(recording, at, frame)
    out.set(frame, at)
  }
  return out
}

test.each(ECHO_LEVELS.flatMap(db => ECHO_DELAYS.map(delayMs => [db, delayMs] as const)))(
  'at %i dB a click comes back %i ms later, once, and so much quieter',
  (db, delayMs) => {
    const out = sent(db, delayMs, { at: 1003, height: 20_000 })
    const loud = [...out.entries()].filter(([, x]) => x !== 0)
    expect(loud).toEqual([[1003 + delayMs * 8, Math.round(20_000 * 10 ** (db / 20))]])
  },
)

test('it is added to what is said, and never wraps', () => {
  expect(sent(-10, 30, { at: 1003, height: 20_000 }, 500)[1243]).toBe(500 + 6325)
  expect(sent(-10, 30, { at: 1003, height: 32_000 }, 30_000)[1243]).toBe(32_767)
  expect(sent(-10, 30, { at: 1003, height: -32_000 }, -30_000)[1243]).toBe(-32_768)
})

test('before anything was heard nothing comes back', () => {
  const frame = new Int16Array(FRAME)
  new EchoPath({ db: -10, delayMs: 400 }).mix(new Recording(0), 0, frame)
  expect(frame).toEqual(new Int16Array(FRAME))
})
