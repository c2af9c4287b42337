import { expect, test } from 'vitest'
import { asCallerScript, Span } from './script.ts'
import { speechOf } from './speech-source.ts'

test.each([
  [1500, 1500],
  ['1500', 1500],
  ['500ms', 500],
  ['1.5s', 1500],
  ['2m', 120_000],
])('%s is %i ms', (text, ms) => {
  expect(Span.parse(text)).toBe(ms)
})

test.each(['', '2 s', '-1s', 'soon', '2h', '90m'])('“%s” is no time', text => {
  expect(Span.safeParse(text).success).toBe(false)
})

test('what a script leaves out has defaults', () => {
  const { steps } = asCallerScript({
    steps: ['listen', { say: 'ask' }, { interrupt: { after: '2s', say: 'stop' } }, { keys: '12' }, { listen: {} }],
  })
  expect(steps).toEqual([
    'listen',
    { say: 'ask' },
    { interrupt: { after: 2000, say: 'stop', within: 10_000 } },
    { keys: '12' },
    { listen: { silent: 700, within: 10_000 } },
  ])
})

test.each([
  [{ steps: [{ shout: 'ask' }] }],
  [{ steps: [{ keys: 1234 }] }],
  [{ steps: [{ keys: '12a34x' }] }],
  [{ steps: [{ say: 'ask', keys: '1' }] }],
  [{ steps: [{ wait: 'forever' }] }],
  [{ step: [] }],
])('%j is refused', script => {
  expect(() => asCallerScript(script)).toThrow(/cannot be used/)
})

test('a caller says clips by name, words that were recorded, and nothing else', () => {
  const named = speechOf('ask')
  const worded = speechOf('hello, I would like an appointment on Tuesday please')
  expect(worded.samples).toEqual(named.samples)
  expect(named.what).toBe('Hello, I would like an appointment on Tuesday, please.')
  expect(() => speechOf('colourless green ideas')).toThrow(/none of the clips.*three/)
  expect(() => speechOf('/nowhere.wav')).toThrow(/ENOENT/)
})
