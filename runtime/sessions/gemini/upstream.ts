/** The caller's sound on its way to the provider: G.711 becomes 16 kHz PCM in `realtimeInput` messages. */
import type { Law, Ms } from '#runtime/media/format.ts'
import { decoderOf, silenceOf } from '#runtime/media/g711.ts'
import { Upsampler } from '#runtime/media/resample.ts'
import { enveloped } from '../wire/enveloped.ts'
import { createUpstream, type Sink, type Upstream } from '../wire/upstream.ts'
import { INPUT, INPUT_TYPE } from './setup.ts'

const MOST = 1024

/** A `realtimeInput` of audio as JSON text. */
export const audioMessage = enveloped(`{"realtimeInput":{"audio":{"mimeType":"${INPUT_TYPE}","data":"`, '"}}}')

/** @param frameMs audio per message, 20..100 ms */
export function createPhoneUpstream(law: Law, frameMs: Ms): Upstream & { silence(ms: Ms, sink: Sink): void } {
  const upstream = createUpstream(INPUT, frameMs, audioMessage)
  const linear = decoderOf(law)
  const up = new Upsampler()
  const narrow = new Int16Array(MOST)
  const wide = new Int16Array(2 * MOST)
  const bytes = new Uint8Array(wide.buffer)

  const push = (frame: Uint8Array, sink: Sink): number | null => {
    let dropped: number | null = null
    for (let at = 0; at < frame.length; at += MOST) {
      const count = Math.min(MOST, frame.length - at)
      for (let i = 0; i < count; i++) narrow[i] = linear[frame[at + i]!]!
      const made = up.push(narrow.subarray(0, count), wide)
      const now = upstream.push(bytes.subarray(0, 2 * made), sink)
      if (now !== null) dropped = (dropped ?? 0) + now
    }
    return dropped
  }
  return {
    push,
    clear: () => upstream.clear(),
    silence(ms, sink) {
      push(new Uint8Array(8 * ms).fill(silenceOf(law)), sink)
    },
  }
}
