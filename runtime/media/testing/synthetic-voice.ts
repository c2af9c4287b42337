/** Speech-like sound for tests: a wandering glottal pulse through moving formants, syllables and pauses, a hiss now and then. */

/** A reproducible source of numbers in −1..1. */
export function noiseOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e37_79b1)
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state / 0x8000_0000
  }
}

/** `ms` of a voice at 8 kHz with fundamental `f0`, at an effective level of about `dbfs` while it speaks. */
export function voice(seed: number, f0: number, ms: number, dbfs = -20): Float64Array {
  const random = noiseOf(seed)
  const out = new Float64Array(ms * 8)
  let phase = 0
  let pitch = f0
  let left = 0
  let voiced = true
  let loud = 0
  let level = 0
  const formants = [resonator(500, 80), resonator(1500, 120), resonator(2500, 160)]
  for (let i = 0; i < out.length; i++) {
    if (left-- <= 0) {
      left = 800 + Math.floor(Math.abs(random()) * 1600)
      const dice = Math.abs(random())
      loud = dice < 0.2 ? 0 : 0.4 + 0.6 * Math.abs(random())
      voiced = dice < 0.8
      pitch = f0 * (1 + 0.2 * random())
      formants[0]!.tune(300 + 500 * Math.abs(random()))
      formants[1]!.tune(900 + 1300 * Math.abs(random()))
      formants[2]!.tune(2300 + 600 * Math.abs(random()))
    }
    level += (loud - level) / 200
    pitch *= 1 + 0.0002 * random()
    phase += pitch / 8000
    const pulse = phase >= 1 ? 8 : 0
    phase %= 1
    let x = voiced ? pulse + 0.05 * random() : 0.4 * random()
    for (const formant of formants) x = formant.run(x)
    out[i] = x * level
  }
  let sum = 0
  for (const x of out) sum += x * x
  const scale = (32_768 * 10 ** (dbfs / 20)) / Math.sqrt(sum / out.length)
  return out.map(x => x * scale)
}

interface Resonator {
  tune(hz: number): void
  run(x: number): number
}

function resonator(hz: number, bandwidth: number): Resonator {
  const r = Math.exp((-Math.PI * bandwidth) / 8000)
  let a = 2 * r * Math.cos((2 * Math.PI * hz) / 8000)
  let [y1, y2] = [0, 0]
  return {
    tune: next => {
      a = 2 * r * Math.cos((2 * Math.PI * next) / 8000)
    },
    run: x => {
      const y = x * (1 - r) * 2 + a * y1 - r * r * y2
      y2 = y1
      y1 = y
      return y
    },
  }
}
