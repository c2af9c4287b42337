/** Whether a clip of the agent's was heard: looked for in the recording, now and then. */
import type { Ms } from '#runtime/media/format.ts'
import { findClip } from './find-clip.ts'
import type { Recording } from './recording.ts'
import { agentWords } from './speech-source.ts'

/** A clip that is expected is looked for this often. */
const LOOK_MS = 200
/** And is known by its first second: single words are alike in many clips. */
const HEARD_SAMPLES = 8000

export class ClipWatch {
  #lookedAt: Ms = 0

  hears(recording: Recording | null, what: string, since: Ms, now: Ms): boolean {
    if (!recording || now - this.#lookedAt < LOOK_MS) return false
    this.#lookedAt = now
    const words = agentWords(what)
    const found = findClip(recording.side('agent'), words, recording.sampleAt(since))
    return found !== null && found.heard >= Math.min(words.length * 0.8, HEARD_SAMPLES)
  }
}
