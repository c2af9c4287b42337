/** What must hold of every call: nothing torn, nothing lost, and the model knows what was heard. */
import type { Evidence } from './column.ts'
import type { Heard } from './heard.ts'
import type { Told } from './seen.ts'

/** The recording is read to a few samples. */
export const READ_MS = 1
/** The last frame may be cut by the end of its item. */
const FRAME_MS = 20
/** A worker that hangs up, or is hung up on, has sent what the phone drops. */
const END_MS = 400

export const wasWhole = ({ heardMs, audioMs }: Heard): boolean => heardMs >= audioMs - FRAME_MS - READ_MS

export function toldOf({ seen }: Evidence, item: Heard): Told | undefined {
  return seen.told.find(({ mark }) => mark === item.mark)
}

export function generalFaults(evidence: Evidence): string[] {
  const { call, items, seen } = evidence
  const faults = call.refused.map(what => `the carrier would not take: ${what}`)
  faults.push(...seen.errors.map(what => `the provider answered with an error: ${what}`))
  const missing = items.reduce((sum, item) => sum + item.missing, 0)
  if (missing > call.torn) faults.push(`${missing} frames are missing in the middle of what was heard`)
  for (const item of items) {
    const told = toldOf(evidence, item)
    const name = `item ${item.mark}`
    if (told !== undefined && told.ms > item.heardMs + READ_MS)
      faults.push(`${name}: told ${told.ms.toFixed(0)} ms, and ${item.heardMs.toFixed(0)} ms were heard`)
    if (told === undefined && item.heardMs > 0 && !wasWhole(item) && !endedWith(evidence, item))
      faults.push(`${name}: ${item.heardMs.toFixed(0)} of ${item.audioMs} ms were heard, and the model does not know`)
    if (told !== undefined && wasWhole(item)) faults.push(`${name}: was heard whole, and the model was told otherwise`)
  }
  for (const { mark } of seen.told)
    if (!items.some(item => item.mark === mark)) faults.push(`the model was told of words that nobody said (${mark})`)
  return faults
}

/** The call ended within it: nobody is told any more. */
function endedWith({ call: { ended } }: Evidence, item: Heard): boolean {
  return ended !== null && item.lastAt !== null && item.lastAt > ended.at - END_MS
}
