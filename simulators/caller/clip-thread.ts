/** A thread that looks for clips in recordings: to look takes tens of milliseconds, and the phone has to say something every twenty. */
import { parentPort } from 'node:worker_threads'
import { findClip } from './find-clip.ts'

/** `wanted`: so many samples of the clip must be there. */
export interface Look {
  readonly recording: Int16Array
  readonly clip: Int16Array
  readonly wanted: number
}

const port = parentPort

port?.on('message', ({ recording, clip, wanted }: Look) => {
  const found = findClip(recording, clip)
  port.postMessage(found !== null && found.heard >= wanted)
})
