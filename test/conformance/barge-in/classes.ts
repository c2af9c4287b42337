/** What kind of barge-in it was, so that a run shows that it met all kinds. */
import type { SimEvent } from '#test/product/simulator-view.ts'
import type { JudgedItem } from './judge.ts'
import type { Burst } from './plan.ts'

export const CLASSES = [
  'in the first 300 ms of an item',
  'in the middle of an item',
  'in the last 300 ms of an item',
  'before anything of the item was heard',
  'with items of the response never heard',
  'while the response is still being made',
  'after response.done',
  'while a tool runs',
  'within a second of the last one',
  'with a pause in it',
] as const
export type ClassName = (typeof CLASSES)[number]

const EDGE_MS = 300
const AGAIN_MS = 1000

export interface BargeIn {
  readonly burst: Burst
  readonly startedAt: number
  readonly cut: readonly JudgedItem[]
  readonly audible: boolean
  /** End of the caller's speech before. */
  readonly before: number | null
  readonly events: readonly SimEvent[]
}

export function classesOf({ burst, startedAt, cut, audible, before, events }: BargeIn): ClassName[] {
  const found: ClassName[] = []
  const heard = cut.filter(i => i.heardMs > 0)
  for (const item of heard) {
    if (item.heardMs < EDGE_MS) found.push('in the first 300 ms of an item')
    else if (item.audioMs - item.heardMs < EDGE_MS) found.push('in the last 300 ms of an item')
    else found.push('in the middle of an item')
  }
  if (heard.length === 0 && audible) found.push('in the last 300 ms of an item')
  if (heard.length === 0 && cut.length > 0) found.push('before anything of the item was heard')
  if (heard.length > 0 && cut.length > heard.length) found.push('with items of the response never heard')
  found.push(responseOpen(events, startedAt) ? 'while the response is still being made' : 'after response.done')
  if (toolRuns(events, startedAt)) found.push('while a tool runs')
  if (before !== null && startedAt - before < AGAIN_MS) found.push('within a second of the last one')
  if (burst.pause) found.push('with a pause in it')
  return [...new Set(found)]
}

function responseOpen(events: readonly SimEvent[], at: number): boolean {
  const last = events.findLast(e => e.t <= at && (e.type === 'response.created' || e.type === 'response.done'))
  return last?.type === 'response.created'
}

/** A call was made and its output is not in. */
function toolRuns(events: readonly SimEvent[], at: number): boolean {
  const open = new Set<unknown>()
  for (const { t, type, dir, event } of events) {
    if (t > at) break
    if (type === 'response.function_call_arguments.done') open.add(event?.['call_id'])
    const item = event?.['item'] as { type?: unknown; call_id?: unknown } | undefined
    if (dir === 'in' && type === 'conversation.item.create' && item?.type === 'function_call_output')
      open.delete(item.call_id)
  }
  return open.size > 0
}
