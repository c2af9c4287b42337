import { expect, it } from 'vitest'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import { sameLoad, sameStanding } from './same-load.ts'

const LINE: LoadLine = {
  v: 1,
  pod: 'a-1-x',
  boot: 'b',
  seq: 1,
  slots: { total: 50, reserved: 0, busy: 0 },
  outbox: 0,
  drain: null,
  revisions: { 'a-1': { calls: 0, figures: {}, id: 'r' } },
  secrets: { 'openai/apiKey': 'present' },
}

const served = { calls: 0, figures: {}, id: 'r' }

it.each<[string, Partial<LoadLine>, boolean, boolean]>([
  ['a heartbeat', { seq: 2 }, true, true],
  ['figures of calls', { revisions: { 'a-1': { calls: 0, figures: { answer: [1] }, id: 'r' } } }, true, true],
  ['a call', { slots: { total: 50, reserved: 0, busy: 1 } }, true, false],
  ['a call of a revision', { revisions: { 'a-1': { calls: 1, figures: {}, id: 'r' } } }, true, false],
  ['a record', { outbox: 1 }, true, false],
  ['another revision', { revisions: { ...LINE.revisions, 'a-2': { calls: 0, figures: {} } } }, false, false],
  ['one revision less', { revisions: {} }, false, false],
  ['other numbers', { revisions: { 'a-1': { calls: 0, figures: {}, id: 's' } } }, false, false],
  [
    'texts that are all rendered',
    { revisions: { 'a-1': { ...served, prompts: { texts: 2, rendered: 2 } } } },
    true,
    true,
  ],
  [
    'texts that are rendered',
    { revisions: { 'a-1': { ...served, prompts: { texts: 2, rendered: 1 } } } },
    false,
    false,
  ],
  [
    'texts that cannot be rendered',
    { revisions: { 'a-1': { ...served, prompts: { texts: 2, rendered: 2, code: 'SB_SPEECH_KEY' } } } },
    false,
    false,
  ],
  ['a drain', { drain: { id: 'd', deadline: 9, longestMs: 0 } }, false, false],
  ['another process', { boot: 'c' }, false, false],
  ['a credential that is gone', { secrets: { 'openai/apiKey': 'missing' } }, false, false],
])('%s', (_what, change, standing, load) => {
  const is = { ...LINE, ...change }
  expect([sameStanding(LINE, is), sameStanding(is, LINE)]).toEqual([standing, standing])
  expect([sameLoad(LINE, is), sameLoad(is, LINE)]).toEqual([load, load])
})
