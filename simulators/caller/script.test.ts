import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { asCallerScript, readCallerScript, Span } from './script.ts'
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

test.each<[unknown, string]>([
  [{ sey: 'ask' }, 'steps[0] (line 2): unknown step "sey": did you mean "say"?'],
  ['lisen', 'steps[0] (line 2): unknown step "lisen": did you mean "listen"?'],
  [{ shout: 'ask' }, 'unknown step "shout": the steps are say, listen, wait, interrupt, keys, hold, expect, hangUp'],
  ['say', '"say" alone says nothing: only hangUp and listen may stand alone'],
  [{ say: 'ask', keys: '1' }, 'a step does one thing: keys beside say would be steps of their own'],
  [{ hold: 'soon' }, 'a time such as 500ms or 2s'],
  [5, 'a step is a word, or a word with what belongs to it'],
])('of %j is said what is wrong, and where', (step, words) => {
  expect(() => asCallerScript({ steps: [step] }, 'caller.yaml', at => at + 2)).toThrow(words)
})

test('every wrong step is told, by the lines of its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'script-'))
  const file = join(folder, 'caller.yaml')
  try {
    writeFileSync(file, 'steps:\n  - listen\n  # loud\n  - sey: ask\n  - wait:\n      agnt: speaks\n')
    expect(() => readCallerScript(file)).toThrow(/steps\[1\] \(line 4\): unknown step "sey".*; steps\[2\] \(line 5\): /)
    writeFileSync(file, 'steps: [\n')
    expect(() => readCallerScript(file)).toThrow(/cannot be used/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a caller says clips by name, words that were recorded, and nothing else', () => {
  const named = speechOf('ask')
  const worded = speechOf('hello, I would like an appointment on Tuesday please')
  expect(worded.samples).toEqual(named.samples)
  expect(named.what).toBe('Hello, I would like an appointment on Tuesday, please.')
  expect(() => speechOf('colourless green ideas')).toThrow(/none of the clips.*three/)
  expect(() => speechOf('/nowhere.wav')).toThrow(/ENOENT/)
})
