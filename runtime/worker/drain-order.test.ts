import { describe, expect, it } from 'vitest'
import type { DrainRequest } from '#runtime/contract/drain.ts'
import { drainRequestSchema } from '#runtime/contract/drain.ts'
import type { ServedRevision } from './agent-directory.ts'
import { joined, SIGNAL, stopAfterMs } from './drain-order.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const hangUp = { then: { hangUp: {} } }
const asked: DrainRequest = { id: 'd1', deadline: 1000, end: hangUp }

describe('a drain asked for again', () => {
  it.each<[string, DrainRequest | null, DrainRequest, DrainRequest]>([
    ['the first', null, asked, asked],
    ['earlier', asked, { id: 'd1', deadline: 900 }, { ...asked, deadline: 900 }],
    ['later: nobody waits for it', asked, { id: 'd1', deadline: 5000 }, asked],
    ['by another operator', asked, { id: 'd2', deadline: 1000 }, { ...asked, id: 'd2' }],
    ['by a signal: the acknowledgement stays', asked, { id: SIGNAL, deadline: 800 }, { ...asked, deadline: 800 }],
    ['by an operator after a signal', { id: SIGNAL, deadline: 800 }, asked, { ...asked, deadline: 800 }],
  ])('%s', (_name, before, request, wanted) => {
    expect(joined(before, request)).toEqual(wanted)
  })
})

it('an end that only a newer worker knows keeps no worker from draining', () => {
  const body = { id: 'd1', deadline: 1000, end: { then: { transfer: 'desk' } }, cause: 'spot' }
  expect(drainRequestSchema.parse(body)).toEqual({ id: 'd1', deadline: 1000, end: undefined })
})

describe('after a stop signal calls may last', () => {
  const revision = (drainDeadlineMs?: number): ServedRevision =>
    ({ ...(drainDeadlineMs !== undefined && { drainDeadlineMs }) }) as ServedRevision
  it.each<[string, number | undefined, (number | undefined)[], number]>([
    ['as the settings say, without a revision', undefined, [], DEFAULT_SETTINGS.drainDeadlineMs],
    ['as the settings say, where no revision says more', undefined, [undefined], DEFAULT_SETTINGS.drainDeadlineMs],
    ['as the longest revision says', undefined, [60_000, 7_200_000, undefined], 7_200_000],
    ['no longer than the pod is given', 300_000, [7_200_000], 300_000],
    ['shorter than that', 300_000, [60_000], 60_000],
  ])('%s', (_name, drainCeilingMs, revisions, wanted) => {
    const settings = { ...DEFAULT_SETTINGS, ...(drainCeilingMs !== undefined && { drainCeilingMs }) }
    expect(stopAfterMs(settings, revisions.map(revision))).toBe(wanted)
  })
})
