/** The thread that renders texts: asked of the endpoint, brought to the phone's rate and laws, and kept. One batch, and it is gone. */
import { parentPort, workerData } from 'node:worker_threads'
import { SwitchboardError } from '#errors/registry.ts'
import { speak, type Voicing } from '#runtime/speech/endpoint.ts'
import { speechNotAudio } from '#runtime/speech/errors.ts'
import { narrow } from '#runtime/speech/narrow.ts'
import { SoundCache } from '#runtime/speech/sound-cache.ts'
import { type ClipLaws, clipLaws } from './clips/clip-laws.ts'

export interface Batch {
  readonly how: Voicing
  /** Null: what is not in the cache is not rendered. */
  readonly key: string | null
  /** No key is needed. */
  readonly open: boolean
  readonly directory: string | null
  readonly texts: readonly { readonly name: string; readonly text: string }[]
  readonly timeoutMs: number
}

export type Rendered =
  | { readonly name: string; readonly ok: true; readonly cached: boolean; readonly laws: ClipLaws }
  | { readonly name: string; readonly ok: false; readonly code: string; readonly message: string }
  /** It was rendered, and could not be kept. */
  | { readonly name: string; readonly unkept: string }

/** Asked for at a time. */
const LANES = 4

const { how, key, open, directory, texts, timeoutMs } = workerData as Batch
const cache = directory === null ? null : new SoundCache(directory)
const say = (rendered: Rendered, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(rendered, transfer)

async function one({ name, text }: Batch['texts'][number]): Promise<void> {
  const kept = (await cache?.get(name)) ?? null
  if (kept === null && key === null && !open) return
  const pcm = kept ?? narrow(await speak(how, text, key, timeoutMs))
  if (pcm.length === 0) throw speechNotAudio('it is empty')
  const laws = clipLaws(name, { format: { encoding: 'pcm16', rateHz: 8000 }, audio: pcm })
  say({ name, ok: true, cached: kept !== null, laws }, [laws.pcmu.buffer, laws.pcma.buffer] as ArrayBuffer[])
  if (kept !== null) return
  try {
    await cache?.put(name, pcm)
  } catch (error) {
    say({ name, unkept: (error as NodeJS.ErrnoException).code ?? 'unknown' })
  }
}

async function lane(waiting: Batch['texts'][number][]): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    try {
      await one(next)
    } catch (error) {
      if (!(error instanceof SwitchboardError)) throw error
      say({ name: next.name, ok: false, code: error.code, message: error.message })
    }
  }
}

const waiting = [...texts]
await Promise.all(Array.from({ length: LANES }, () => lane(waiting)))
