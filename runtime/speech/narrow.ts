/** From the endpoint's rate to that of a phone. */
import { Downsampler } from '#runtime/media/resample.ts'

/** @param samples at 24 kHz. @returns 16-bit little-endian PCM at 8 kHz */
export function narrow(samples: Int16Array): Uint8Array {
  const filter = new Downsampler()
  const out = new Int16Array(Downsampler.most(samples.length) + Downsampler.most(0))
  let count = filter.push(samples, out)
  count += filter.flush(out.subarray(count))
  const bytes = Buffer.alloc(2 * Math.min(count, Math.ceil(samples.length / 3)))
  for (let i = 0; 2 * i < bytes.length; i++) bytes.writeInt16LE(out[i] ?? 0, 2 * i)
  return bytes
}
