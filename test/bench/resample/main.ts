/**
 * Resample: what the two rates of a Gemini call cost, per second of a call, beside the same by Speex (WebAssembly with SIMD) and beside what a G.711
 * provider's call costs at the same place: nothing but the law's table.
 */
import speex from '@echogarden/speex-resampler-wasm/simd'
import { Downsampler, Upsampler } from '#runtime/media/resample.ts'
import { Downstream } from '#runtime/sessions/gemini/downstream.ts'
import { createPhoneUpstream } from '#runtime/sessions/gemini/upstream.ts'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'

/** Frames of 20 ms in a second. */
const FRAMES = 50
const ROUNDS = 5
const AIM_MS = 1
const AIM_RATIO = 2

interface Kernel {
  readonly name: string
  readonly run: () => void
}

/** CPU of a second of frames in ms, the least of some rounds: this machine is shared. */
function cost(run: () => void, seconds: number): number {
  for (let i = 0; i < FRAMES * 20; i++) run()
  let least = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let i = 0; i < FRAMES * seconds; i++) run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000 / seconds)
  }
  return least
}

const noise = (count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, i) => ((i * 7919) % 20_011) - 10_000)

export async function run(report: Report, options: Options): Promise<void> {
  const seconds = Number(options['seconds'] ?? 200)
  const [narrow, wide] = [noise(160), noise(480)]
  const out = new Int16Array(1024)
  const up = new Upsampler()
  const down = new Downsampler()
  const theirs = await speexKernels(narrow, wide)
  const kernels: Kernel[] = [
    { name: '8 → 16 kHz', run: () => up.push(narrow, out) },
    { name: '24 → 8 kHz', run: () => down.push(wide, out) },
  ]
  let ours = 0
  let speexMs = 0
  for (const [i, { name, run }] of kernels.entries()) {
    const mine = cost(run, seconds)
    const other = cost(theirs[i]?.run ?? (() => {}), seconds)
    ours += mine
    speexMs += other
    report.row({ name: `${name}: ours`, value: mine, unit: 'ms CPU per call-second', ok: true })
    report.row({ name: `${name}: Speex, quality 5`, value: other, unit: 'ms CPU per call-second', ok: true })
  }
  const ratio = ours / speexMs
  report.row({ name: 'both ways, ours by Speex', value: ratio, aim: `<= ${AIM_RATIO}`, ok: ratio <= AIM_RATIO })

  const phone = createPhoneUpstream('PCMU', 40)
  const sink = { buffered: 0, sendSoon: () => {} }
  const frame = Uint8Array.from({ length: 160 }, (_, i) => (i * 7) & 0xff)
  const downstream = new Downstream('PCMU')
  const data = Buffer.from(wide.buffer, wide.byteOffset, wide.byteLength).toString('base64')
  const whole = cost(() => {
    phone.push(frame, sink)
    downstream.push('item', data, () => {})
  }, seconds)
  report.row({
    name: 'a call both ways, with laws, base64 and messages',
    value: whole,
    unit: 'ms CPU per call-second',
    aim: `<= ${AIM_MS}`,
    ok: whole <= AIM_MS,
  })
  report.note('the least of five rounds; a G.711 provider’s call does none of it')
}

/** The raw exports, with state across frames as in a call. */
async function speexKernels(narrow: Int16Array, wide: Int16Array): Promise<Kernel[]> {
  const module = await speex()
  const kernel = (name: string, from: number, to: number, samples: Int16Array): Kernel => {
    const [state, input, output, counts] = [0, samples.length * 2, 4096, 16].map(size => module._malloc(size || 4)) as [
      number,
      number,
      number,
      number,
    ]
    const resampler = module._speex_resampler_init(1, from, to, 5, state)
    const out = new Int16Array(2048)
    const run = (): void => {
      module.HEAP16.set(samples, input / 2)
      module.HEAPU32[counts / 4] = samples.length
      module.HEAPU32[counts / 4 + 1] = 2048
      module._speex_resampler_process_int(resampler, 0, input, counts, output, counts + 4)
      out.set(module.HEAP16.subarray(output / 2, output / 2 + (module.HEAPU32[counts / 4 + 1] ?? 0)))
    }
    return { name, run }
  }
  return [kernel('up', 8000, 16_000, narrow), kernel('down', 24_000, 8000, wide)]
}
