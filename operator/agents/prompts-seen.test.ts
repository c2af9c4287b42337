import { expect, it } from 'vitest'
import { aLoad, aPod } from '#operator/fleets/testing/given.ts'
import type { PromptsState } from '#runtime/contract/load-line.ts'
import { problemOfPrompts } from './prompts-seen.ts'

/** Up to what to do about it. */
const said = (...pods: readonly (PromptsState | undefined)[]): string => {
  const loads = pods.map(prompts =>
    aLoad(0, { revisions: { 'a-1': { calls: 0, figures: {}, ...(prompts && { prompts }) } } }),
  )
  const all = pods.map((_, i) => aPod(`p${i}`))
  return problemOfPrompts('a-1', all, uid => loads[Number(uid.slice('uid-p'.length))])?.message.split(': ')[0] ?? ''
}

const DONE = { texts: 3, rendered: 3 }
const FAILED = { texts: 3, rendered: 1, code: 'SB_SPEECH_KEY' }

it.each<[string, readonly (PromptsState | undefined)[], string]>([
  ['no text', [undefined], ''],
  ['all of them', [DONE], ''],
  ['at work', [{ texts: 3, rendered: 1 }], ''],
  ['all of them in the end', [{ ...FAILED, rendered: 3 }], ''],
  ['one pod', [FAILED], '1 of 3 texts that callers must hear are rendered, for SB_SPEECH_KEY'],
  [
    'some pods',
    [DONE, FAILED, { ...FAILED, rendered: 0, code: 'SB_SPEECH_X' }],
    '0 of 3 texts that callers must hear are rendered on 2 of 3 pods, for SB_SPEECH_X',
  ],
])('%s', (_what, pods, message) => {
  expect(said(...pods)).toBe(message)
})

it('asks only pods of the revision', () => {
  const load = aLoad(0, { revisions: { 'a-1': { calls: 0, figures: {}, prompts: FAILED } } })
  expect(problemOfPrompts('a-2', [aPod('p0')], () => load)).toBeNull()
})
