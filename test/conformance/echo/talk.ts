/** One caller's part of the conversation, carried out. */
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import { sleep } from '#test/phones/process.ts'
import type { Part } from './plan.ts'
import { monotonicMs, type SpeakerPhone } from './speaker-phone.ts'

const STEP_MS = 10
const WITHIN_MS = 40_000
/** Packets come every 20 ms: the agent is audible when one of the latest was loud. */
const AUDIBLE_MS = 60

/** Returns what could not be done. */
export async function talk(phone: SpeakerPhone, parts: readonly Part[]): Promise<string[]> {
  const failed: string[] = []
  for (const [i, part] of parts.entries()) {
    const done = await carryOut(phone, part)
    if (phone.ended) return [...failed, `the agent hung up in part ${i + 1} of ${parts.length}`]
    if (!done) failed.push(`part ${i + 1}, ${JSON.stringify(part)}: the agent was not heard, or never ended`)
  }
  return failed
}

async function carryOut(phone: SpeakerPhone, part: Part): Promise<boolean> {
  if ('say' in part) return speak(phone, part.say)
  if (!(await until(phone, () => phone.silentMs < AUDIBLE_MS))) return false
  if ('listenMs' in part) return until(phone, () => phone.silentMs >= part.listenMs)
  const due = monotonicMs() + part.afterMs
  if (!(await until(phone, () => monotonicMs() >= due && phone.silentMs < AUDIBLE_MS))) return false
  return speak(phone, part.over)
}

async function speak(phone: SpeakerPhone, name: string): Promise<boolean> {
  const words = clip('caller', name)
  if (words === null) throw new Error(`there is no clip ${name} of the caller`)
  phone.say(expand('ulaw', words.ulaw))
  return until(phone, () => !phone.speaking)
}

async function until(phone: SpeakerPhone, met: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < WITHIN_MS; waited += STEP_MS) {
    if (met()) return true
    if (phone.ended) return false
    await sleep(STEP_MS)
  }
  return false
}
