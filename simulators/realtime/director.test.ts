import { describe, expect, test } from 'vitest'
import { type Asked, Director, type Trigger } from './director.ts'
import { asScript, readScript, type ScriptInput } from './script.ts'
import { verbatim } from './verbatim.ts'

const asked = (fields: Partial<Asked> = {}): Asked => ({
  triggers: [],
  instructions: null,
  interrupted: false,
  first: false,
  ...fields,
})
const caller: Trigger = { on: 'caller', text: '' }
const director = (turns: ScriptInput['turns']): Director => new Director(asScript({ turns }))
const says = (d: Director, a: Partial<Asked>): string => JSON.stringify(d.next(asked(a)).outputs)

describe('words to be spoken as they stand', () => {
  test.each([
    ['Say exactly: "We are closed."', 'We are closed.'],
    [
      'Say the text between the lines, word for word.\n=====\nAcme, "how" can I help?\n=====',
      'Acme, "how" can I help?',
    ],
    ['Greet the caller with: Acme Dental, how can I help?', 'Acme Dental, how can I help?'],
    ['Speak this verbatim:\nLine one.\nLine two.', 'Line one.\nLine two.'],
    ['Please say “Goodbye.” and nothing else', 'Goodbye.'],
  ])('%j', (instructions, words) => {
    expect(verbatim(instructions)).toBe(words)
  })

  test.each(['Be brief.', 'Answer in French.', 'The caller was silent. Ask whether they are there.'])(
    'none in %j',
    text => {
      expect(verbatim(text)).toBeNull()
    },
  )
})

test('turns are used in order, once, unless they repeat', () => {
  const d = director([
    { on: 'caller', say: 'one' },
    { on: 'caller', say: 'two' },
    { on: 'caller', say: 'more', repeat: true },
  ])
  const answers = [1, 2, 3, 4].map(() => says(d, { triggers: [caller] }))
  expect(answers.map(a => /"say":"(\w+)"/.exec(a)?.[1])).toEqual(['one', 'two', 'more', 'more'])
})

test('a turn waits for what it is for', () => {
  const d = director([
    { on: 'tool', tool: 'find', say: 'found' },
    { on: 'text', match: '\\d', say: 'keys' },
    { on: 'caller', interrupted: true, say: 'sorry' },
    { on: 'start', say: 'greeting' },
  ])
  expect(says(d, { triggers: [{ on: 'tool', tool: 'other', text: '' }] })).not.toContain('found')
  expect(says(d, { triggers: [caller] })).not.toContain('sorry')
  expect(says(d, { triggers: [caller], interrupted: true })).toContain('sorry')
  expect(says(d, { triggers: [{ on: 'text', text: 'no digits' }] })).not.toContain('keys')
  expect(says(d, { triggers: [caller, { on: 'text', text: 'Keys: 12' }] })).toContain('keys')
  expect(says(d, { first: false })).not.toContain('greeting')
  expect(says(d, { first: true })).toContain('greeting')
})

test('verbatim instructions take no turn, other instructions may have their own', () => {
  const d = director([
    { on: 'caller', say: 'answer' },
    { on: 'instructions', match: 'closing', say: 'bye' },
  ])
  expect(says(d, { triggers: [caller], instructions: 'Say "Hold on."' })).toContain('Hold on.')
  expect(says(d, { instructions: 'We are closing.' })).toContain('bye')
  expect(says(d, { triggers: [caller] })).toContain('answer')
})

test('a turn that was released comes again', () => {
  const d = director([{ on: 'caller', say: 'one' }])
  const plan = d.next(asked({ triggers: [caller] }))
  d.release(plan.turn)
  expect(says(d, { triggers: [caller] })).toContain('one')
})

test('a replayed conversation takes its turns with it', () => {
  const d = director([
    { on: 'caller', heard: 'Hi', call: 'find' },
    { on: 'tool', say: 'I have Tuesday.' },
    { on: 'caller', say: 'Booked.' },
  ])
  d.replayed('I have Tues')
  expect(says(d, { triggers: [caller] })).toContain('Booked.')
})

test('without a script it greets, answers and thanks for keys', () => {
  const d = director([])
  expect(says(d, { first: true })).toContain('Hello')
  expect(says(d, { triggers: [{ on: 'text', text: 'keys 1 2' }] })).toContain('digits')
  expect(says(d, { triggers: [{ on: 'tool', tool: 'x', text: '{}' }] })).toContain('done')
})

test.each([
  { turns: [{ on: 'caller', match: '(' }] },
  { turns: [{ on: 'nobody' }] },
  { turns: [{ on: 'caller', arguments: {} }] },
  { turn: [] },
])('a wrong script is refused with its reason: %j', value => {
  expect(() => asScript(value)).toThrow(/cannot be used/)
})

test('the script of the first call can be read', () => {
  expect(readScript('examples/first-call/simulator/realtime-script.yaml').turns.length).toBeGreaterThan(5)
})
