import { describe, expect, it } from 'vitest'
import { EchoDetector, type EchoJudgement } from './echo-detector.ts'
import type { Law } from './format.ts'
import { decoderOf, encoderOf } from './g711.ts'
import { noiseOf, voice } from './testing/synthetic-voice.ts'

/** From here on the call machine takes the caller's sound for ours. */
const ECHO = 0.6

interface Line {
  readonly law?: Law
  readonly agent?: Float64Array
  readonly caller?: Float64Array
  /** When the caller begins, ms. */
  readonly callerAt?: number
  readonly echo?: { readonly db: number; readonly delayMs: number; readonly room?: boolean }
  readonly noiseDbfs?: number
  readonly ms: number
  /** Judged each so many ms. Default 40. */
  readonly every?: number
  /** The caller's frames come two at a time: the net is uneven. */
  readonly bunched?: boolean
  /** Not judged before. */
  readonly from?: number
}

interface Judged extends EchoJudgement {
  readonly at: number
}

/** Both directions over G.711. */
function listen(line: Line): Judged[] {
  const law = line.law ?? 'PCMU'
  const [decode, encode] = [decoderOf(law), encoderOf(law)]
  const detector = new EchoDetector(law)
  const random = noiseOf(7)
  const noise = 32_768 * 10 ** ((line.noiseDbfs ?? -70) / 20) * Math.sqrt(3)
  const over = (x: number): number => decode[encode[Math.max(-32_768, Math.min(32_767, Math.round(x))) & 0xffff]!]!
  const agent = (line.agent ?? new Float64Array(line.ms * 8)).map(over)
  const at = (i: number): number => (i >= 0 ? (agent[i] ?? 0) : 0)
  const gain = line.echo ? 10 ** (line.echo.db / 20) : 0
  const delay = (line.echo?.delayMs ?? 0) * 8
  const [out, back] = [new Uint8Array(160), new Uint8Array(160)]
  const judged: Judged[] = []
  let late: Uint8Array | null = null
  for (let t = 0; t < line.ms; t += 20) {
    for (let i = 0; i < 160; i++) {
      const k = t * 8 + i
      const d = k - delay
      const echo = line.echo?.room ? 0.8 * at(d) + 0.35 * at(d - 5) - 0.3 * at(d - 11) + 0.2 * at(d - 20) : at(d)
      const caller = line.caller?.[k - (line.callerAt ?? 0) * 8] ?? 0
      out[i] = encode[at(k) & 0xffff]!
      back[i] =
        encode[Math.max(-32_768, Math.min(32_767, Math.round(gain * echo + caller + noise * random()))) & 0xffff]!
    }
    detector.sent(out)
    if (line.bunched && t % 60 === 20) late = back.slice()
    else {
      if (late) detector.received(late)
      detector.received(back)
      late = null
    }
    if (t >= (line.from ?? 0) && t % (line.every ?? 40) === 0) judged.push({ at: t + 20, ...detector.judge(t + 20) })
  }
  return judged
}

const AGENT = voice(1, 190, 6000)
const CALLER = voice(2, 115, 2000)
/** Judgements that are about some sound. */
const about = (judged: Judged[], from: number): Judged[] => judged.filter(j => j.at >= from && j.echo + j.speechMs > 0)
const mean = (judged: Judged[]): number => judged.reduce((a, j) => a + j.echo, 0) / judged.length

describe.each([
  [-10, 30],
  [-10, 150],
  [-10, 400],
  [-20, 30],
  [-20, 150],
  [-20, 400],
  [-30, 30],
  [-30, 150],
  [-30, 400],
])('echo of %i dB after %i ms', (db, delayMs) => {
  it('alone is known for what it is', () => {
    const judged = about(listen({ agent: AGENT, echo: { db, delayMs }, ms: 6000, every: 160 }), delayMs + 200)
    expect(judged.length).toBeGreaterThan(20)
    expect(judged.filter(j => j.echo < ECHO)).toEqual([])
    expect(mean(judged)).toBeGreaterThan(0.9)
  })

  it('is known from its first 200 ms, in a room too', () => {
    const judged = about(listen({ agent: AGENT, echo: { db, delayMs, room: true }, ms: 2000 }), 0)
    const sure = judged.filter(j => j.at >= judged[0]!.at + 200)
    expect(sure.length).toBeGreaterThan(15)
    expect(sure.filter(j => j.echo < ECHO).length).toBeLessThanOrEqual(1)
  })

  it('does not hide the caller, who is found within 200 ms', () => {
    const callerAt = 2000
    const judged = listen({ agent: AGENT, caller: CALLER, callerAt, echo: { db, delayMs }, ms: 3400, from: 1700 })
    const starts = callerAt + CALLER.findIndex(x => Math.abs(x) > 500) / 8
    const found = judged.find(j => j.at > starts && j.echo < ECHO && j.speechMs > 0)
    expect(found?.at ?? Infinity).toBeLessThanOrEqual(starts + 200)
    const after = judged.filter(j => j.at > starts + 200)
    expect(mean(after)).toBeLessThan(0.35)
    expect(Math.max(...after.map(j => j.speechMs))).toBeGreaterThanOrEqual(300)
  })
})

describe('EchoDetector', () => {
  it.each(['PCMU', 'PCMA'] as const)('sees no echo in a caller who breaks in on a clean %s line', law => {
    const judged = about(
      listen({ law, agent: AGENT, caller: CALLER, callerAt: 2000, ms: 4000, from: 2000, every: 80 }),
      2000,
    )
    expect(judged.length).toBeGreaterThan(20)
    expect(judged.filter(j => j.echo >= ECHO)).toEqual([])
    expect(mean(judged)).toBeLessThan(0.1)
  })

  it('sees no echo when we were silent', () => {
    const judged = about(listen({ caller: CALLER, callerAt: 500, ms: 2500 }), 0)
    expect(judged.length).toBeGreaterThan(30)
    expect(new Set(judged.map(j => j.echo))).toEqual(new Set([0]))
  })

  it('hears nothing in silence, nor in the noise of the line', () => {
    expect(about(listen({ agent: AGENT, ms: 2000, noiseDbfs: -90 }), 0)).toEqual([])
    expect(about(listen({ agent: AGENT, ms: 4000, noiseDbfs: -45 }), 1000)).toEqual([])
  })

  it('knows echo in noise of its own strength', () => {
    const judged = about(
      listen({ agent: AGENT, echo: { db: -20, delayMs: 150 }, noiseDbfs: -50, ms: 6000, every: 160 }),
      500,
    )
    expect(mean(judged)).toBeGreaterThan(0.7)
  })

  it('knows echo when the frames of the caller come unevenly', () => {
    const judged = about(listen({ agent: AGENT, echo: { db: -20, delayMs: 150 }, bunched: true, ms: 3000 }), 400)
    expect(judged.length).toBeGreaterThan(40)
    expect(judged.filter(j => j.echo < ECHO)).toEqual([])
  })

  /** What was said and its echo, 20 ms at a time, in both laws' bytes. */
  function* echoed(ms: number, delayMs: number): Generator<{ out: Uint8Array; back: Uint8Array }> {
    const encode = encoderOf('PCMU')
    const frame = (from: number, gain: number): Uint8Array =>
      Uint8Array.from({ length: 160 }, (_, i) => encode[Math.round((AGENT[from + i] ?? 0) * gain) & 0xffff]!)
    for (let t = 0; t < ms; t += 20) yield { out: frame(t * 8, 1), back: frame((t - delayMs) * 8, 0.1) }
  }
  /** Judgements of less than `ECHO`, the first ones left out. */
  const misses = (judged: EchoJudgement[]): number => judged.slice(25).filter(j => j.echo < ECHO).length

  it('knows echo that jitter moves by whole frames in the middle of a word', () => {
    const detector = new EchoDetector('PCMU')
    const judged: EchoJudgement[] = []
    const frames = [...echoed(6000, 150)]
    let moved = 0
    for (const [n, { out }] of frames.entries()) {
      if (n % 25 === 0) moved = [0, 2, 1, 3, 0, 1][(n / 25) % 6] ?? 0
      detector.sent(out)
      detector.received(frames[n - moved]?.back ?? out.slice().fill(0xff))
      judged.push(detector.judge(n * 20))
    }
    expect(misses(judged)).toBeLessThan(5)
  })

  it.each([480, 480.125, 480.25, 481.75])(
    'knows the echo of noise, too, from its first 80 ms, after %d ms',
    delayMs => {
      const encode = encoderOf('PCMU')
      const delay = delayMs * 8
      for (let seed = 1; seed <= 10; seed++) {
        const detector = new EchoDetector('PCMU')
        const random = noiseOf(seed)
        const noise = Float64Array.from({ length: 8000 }, () => (random() > 0 ? 5000 : -5000))
        const judged: EchoJudgement[] = []
        for (let at = 0; at < delay + 200 * 8; at += 160) {
          detector.sent(Uint8Array.from(noise.subarray(at, at + 160), x => encode[Math.round(x) & 0xffff]!))
          const back = Float64Array.from({ length: 160 }, (_, i) => 0.1 * (noise[at + i - delay] ?? 0))
          detector.received(Uint8Array.from(back, x => encode[Math.round(x) & 0xffff]!))
          if (at >= delay + 80 * 8) judged.push(detector.judge(at / 8))
        }
        expect(Math.min(...judged.map(j => j.echo))).toBeGreaterThan(ECHO)
      }
    },
  )

  it.each([150, 331.25, 480])(
    'finds sound that repeats a part of itself every 20 ms at its own delay, %d ms',
    delayMs => {
      const encode = encoderOf('PCMU')
      const delay = delayMs * 8
      for (let seed = 1; seed <= 10; seed++) {
        const detector = new EchoDetector('PCMU')
        const random = noiseOf(seed)
        const sign = (): number => (random() > 0 ? 5000 : -5000)
        const part = Float64Array.from({ length: 100 }, sign)
        const sound = Float64Array.from({ length: 16_000 }, (_, i) => part[i % 160] ?? sign())
        const judged: EchoJudgement[] = []
        for (let at = 0; at < delay + 600 * 8; at += 160) {
          detector.sent(Uint8Array.from(sound.subarray(at, at + 160), x => encode[Math.round(x) & 0xffff]!))
          const back = Float64Array.from({ length: 160 }, (_, i) => 0.03 * (sound[at + i - delay] ?? 0))
          detector.received(Uint8Array.from(back, x => encode[Math.round(x) & 0xffff]!))
          if (at >= delay + 10 * 8) judged.push(detector.judge(at / 8))
        }
        expect(Math.min(...judged.slice(10).map(j => j.echo))).toBeGreaterThan(ECHO)
      }
    },
  )

  it('knows echo when either direction gets ahead of the other for a while', () => {
    const detector = new EchoDetector('PCMU')
    const judged: EchoJudgement[] = []
    const random = noiseOf(5)
    const [sent, received]: Uint8Array[][] = [[], []]
    let [holdSent, holdReceived] = [0, 0]
    for (const { out, back } of echoed(5000, 150)) {
      sent!.push(out)
      received!.push(back)
      if (random() > 0.9) holdSent = 5
      if (random() > 0.9) holdReceived = 8
      if (--holdSent < 0) for (const frame of sent!.splice(0)) detector.sent(frame)
      if (--holdReceived < 0) for (const frame of received!.splice(0)) detector.received(frame)
      judged.push(detector.judge(judged.length * 20))
    }
    expect(misses(judged)).toBe(0)
  })

  it('knows echo after stalls in which nothing left, and those of which no frame was made', () => {
    const detector = new EchoDetector('PCMU')
    const encode = encoderOf('PCMU')
    const judged: EchoJudgement[] = []
    const line = new Float64Array(6000 * 8)
    let said = 0
    let [unsent, unmade] = [0, 0]
    for (let n = 0; n < 300; n++) {
      if (n % 40 >= 37) unsent += 20
      else {
        if (unsent > 0) detector.sentNothing(unsent)
        unsent = 0
        line.set(AGENT.subarray(said, said + 160), n * 160)
        said += 160
        detector.sent(Uint8Array.from(line.subarray(n * 160, n * 160 + 160), x => encode[Math.round(x) & 0xffff]!))
      }
      if (n % 40 >= 17 && n % 40 < 22) unmade += 20
      else {
        if (unmade > 0) detector.receivedNothing(unmade)
        unmade = 0
        const echo = Float64Array.from({ length: 160 }, (_, i) => 0.1 * (line[n * 160 + i - 150 * 8] ?? 0))
        detector.received(Uint8Array.from(echo, x => encode[Math.round(x) & 0xffff]!))
      }
      judged.push(detector.judge(n * 20))
    }
    // without being told of them: more than a hundred
    expect(misses(judged)).toBeLessThan(10)
  })

  it('says how long the caller has been speaking, and no longer when it was a cough', () => {
    const tone = Float64Array.from({ length: 8000 }, (_, i) => 6000 * Math.sin(i / 3))
    const long = listen({ caller: tone, callerAt: 400, ms: 1000 })
    expect(long.at(-1)?.speechMs).toBeGreaterThanOrEqual(560)
    expect(long.at(-1)?.speechMs).toBeLessThanOrEqual(640)
    const cough = listen({ caller: tone.subarray(0, 960), callerAt: 400, ms: 1000 })
    expect(cough.at(-1)?.speechMs).toBeGreaterThanOrEqual(100)
    expect(cough.at(-1)?.speechMs).toBeLessThanOrEqual(160)
  })

  it('still says echo shortly after it has ended', () => {
    const agent = AGENT.slice(0, 2000 * 8)
    const judged = listen({ agent, echo: { db: -20, delayMs: 30 }, ms: 2400, from: 1900 })
    expect(judged.at(-1)?.echo).toBeGreaterThan(ECHO)
    expect(judged.at(-1)?.speechMs).toBeLessThan(200)
  })

  it('begins with an empty history', () => {
    expect(new EchoDetector('PCMA').judge(0)).toEqual({ echo: 0, speechMs: 0 })
  })
})

describe('the ear for the end of speech', () => {
  it('counts the quiet since the last sound, whatever the level of the line’s noise', () => {
    const encode = encoderOf('PCMU')
    const random = noiseOf(11)
    const frame = (level: number): Uint8Array =>
      Uint8Array.from({ length: 160 }, () => encode[Math.round(random() * level) & 0xffff]!)
    for (const noise of [0, 4, 60]) {
      const detector = new EchoDetector('PCMU')
      for (let i = 0; i < 50; i++) detector.received(frame(noise))
      for (let i = 0; i < 50; i++) detector.received(frame(4000))
      expect(detector.quietMs).toBe(0)
      for (let i = 0; i < 35; i++) detector.received(frame(noise))
      expect(detector.quietMs).toBe(700)
    }
  })
})
