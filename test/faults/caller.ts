/** A caller made of raw bytes: dials, speaks recorded words, and says what it heard, by the sound of it alone. */
import { findClip } from '#simulators/caller/find-clip.ts'
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import { sleep } from '#test/phones/process.ts'
import { readWav } from '#test/phones/wav.ts'
import { WireRtp } from '#test/phones/wire-rtp.ts'
import { valueOf, type WireMessage, WireSip } from '#test/phones/wire-sip.ts'

const SAMPLES_PER_MS = 8
const LOOK_MS = 250
/** What `findClip` looks for first: the clip's first half second. */
const HEAD_SAMPLES = 4000

let dialled = 0

export interface Heard {
  /** Milliseconds from the first packet to the first word. */
  readonly fromMs: number
  /** How much of it was heard, and how long it is. */
  readonly heardMs: number
  readonly wholeMs: number
}

/** Clips end softly, and a busy machine may cost a packet: half a second is not held against them. What left is in the record to the ms. */
export function wasWhole({ heardMs, wholeMs }: Heard): boolean {
  return heardMs > wholeMs - 500
}

export class Caller {
  readonly callId: string
  readonly rtp: WireRtp
  readonly sip: WireSip
  readonly #invite: readonly string[]
  readonly #began = performance.now()
  #answer: WireMessage | null = null
  #answersBye = true
  #cseq = 1

  private constructor(sip: WireSip, rtp: WireRtp, port: number, number: string) {
    this.sip = sip
    this.rtp = rtp
    this.callId = `fault-${process.pid}-${++dialled}`
    this.#invite = [
      `Via: SIP/2.0/UDP 127.0.0.1:${sip.port};rport;branch=z9hG4bK${this.callId}`,
      'Max-Forwards: 70',
      `From: <sip:+14155550123@127.0.0.1:${sip.port}>;tag=${this.callId}`,
      `To: <sip:${number}@127.0.0.1:${port}>`,
      `Call-ID: ${this.callId}`,
    ]
    const sdp = [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${rtp.port} RTP/AVP 0 101`,
      'a=rtpmap:101 telephone-event/8000',
      '',
    ].join('\r\n')
    const lines = [
      `INVITE sip:${number}@127.0.0.1:${port} SIP/2.0`,
      ...this.#invite,
      'CSeq: 1 INVITE',
      `Contact: <sip:caller@127.0.0.1:${sip.port}>`,
      'Content-Type: application/sdp',
      `Content-Length: ${sdp.length}`,
    ]
    sip.send(`${lines.join('\r\n')}\r\n\r\n${sdp}`)
    void this.#confirmBye()
  }

  /** Rings a number of the worker at `port`. */
  static async dial(port: number, number: string): Promise<Caller> {
    const [sip, rtp] = [await WireSip.open('udp', port), await WireRtp.open()]
    return new Caller(sip, rtp, port, number)
  }

  /** The final answer, acknowledged; from a 200 on the caller's packets flow. `afterMs`: since it dialled. */
  async final(
    ms = 12_000,
  ): Promise<{ readonly status: number; readonly afterMs: number; readonly message: WireMessage }> {
    const message = await this.sip.wait('final answer', m => m.status >= 200 && m.method === 'INVITE', ms)
    this.#answer = message
    this.#request('ACK')
    if (message.status === 200) this.rtp.talk(Number(/^m=audio (\d+)/m.exec(message.body)?.[1]), 0)
    return { status: message.status, afterMs: message.at - this.#began, message }
  }

  /** @throws Error when the call is not answered */
  async answered(ms?: number): Promise<number> {
    const { status, afterMs, message } = await this.final(ms)
    if (status !== 200) throw new Error(`not answered: ${message.start}`)
    return afterMs
  }

  /** Provisional answers so far. */
  get provisional(): number[] {
    return this.sip.messages.filter(m => m.status > 100 && m.status < 200).map(m => m.status)
  }

  /**
   * Waits until the words were heard, whole or as far as they came.
   * @param from looks from so many milliseconds of the recording on
   * @throws Error after `ms` without their beginning
   */
  async hears(what: string, ms: number, from = 0): Promise<Heard> {
    return this.#whole(soundOf(what), await this.hearsBeginning(what, ms, from))
  }

  /** Waits for the words to begin; gives the sample at which they do. @throws Error after `ms` */
  async hearsBeginning(what: string, ms: number, from = 0): Promise<number> {
    const words = soundOf(what)
    const deadline = performance.now() + ms
    for (let looked = from * SAMPLES_PER_MS; ; ) {
      const recording = this.rtp.heard()
      const found = findClip(recording, words, looked)
      if (found !== null) return found.at
      looked = Math.max(looked, recording.length - 2 * HEAD_SAMPLES)
      if (performance.now() > deadline)
        throw new Error(
          `“${what}” was not heard in ${ms} ms; ${recording.length / SAMPLES_PER_MS} ms of sound, ${this.#loudness(recording)}`,
        )
      await sleep(LOOK_MS)
    }
  }

  /** Whether the words are anywhere in what was heard so far. */
  heard(what: string): boolean {
    return findClip(this.rtp.heard(), soundOf(what)) !== null
  }

  /** Longest stretch without sound from `from` ms on, until now. */
  longestSilence(from = 0): number {
    const recording = this.rtp.heard()
    let longest = 0
    let since = from * SAMPLES_PER_MS
    for (let n = since; n + 160 <= recording.length; n += 160) {
      if (recording.subarray(n, n + 160).some(x => Math.abs(x) > 200)) since = n + 160
      else longest = Math.max(longest, n + 160 - since)
    }
    return longest / SAMPLES_PER_MS
  }

  /** Packets again after `rtp.hush()`. */
  resume(): void {
    this.rtp.talk(Number(/^m=audio (\d+)/m.exec(this.#answer?.body ?? '')?.[1]), 0)
  }

  say(name: string): void {
    const words = clip('caller', name)
    if (words === null) throw new Error(`the caller has no clip ${name}`)
    this.rtp.say(expand('ulaw', words.ulaw))
  }

  /** Until what is being said is over. */
  async said(): Promise<void> {
    while (this.rtp.saying) await sleep(20)
  }

  async press(keys: string): Promise<void> {
    for (const key of keys) {
      this.rtp.press('0123456789*#'.indexOf(key), 101)
      await sleep(60)
    }
  }

  /** The BYE of the other side; `reason` is its Reason header, `atMs` since it dialled. */
  async ended(ms = 12_000): Promise<{ readonly reason: string; readonly atMs: number }> {
    const bye = await this.sip.wait('BYE', m => m.status === 0 && m.method === 'BYE', ms)
    return { reason: valueOf(bye, 'reason'), atMs: bye.at - this.#began }
  }

  async hangUp(): Promise<void> {
    this.#cseq++
    this.#request('BYE')
    await this.sip.wait('200 to BYE', m => m.status === 200 && m.method === 'BYE', 3000)
    this.rtp.hush()
  }

  /** Power off: no packets, no answers, no good-bye. */
  vanish(): void {
    this.#answersBye = false
    this.rtp.hush()
  }

  close(): void {
    this.rtp.close()
    this.sip.close()
  }

  async #whole(words: Int16Array, at: number): Promise<Heard> {
    const end = at + words.length
    // whole, or no packet for a second
    while (
      this.#heardMs() < end / SAMPLES_PER_MS + 100 &&
      performance.now() - (this.rtp.packets.at(-1)?.at ?? 0) < 1000
    )
      await sleep(50)
    const recording = this.rtp.heard()
    const found = findClip(recording, words, at - 80, at + HEAD_SAMPLES + 160)
    return {
      fromMs: at / SAMPLES_PER_MS,
      heardMs: (found?.heard ?? 0) / SAMPLES_PER_MS,
      wholeMs: words.length / SAMPLES_PER_MS,
    }
  }

  /** Length of what was heard, cheaply. */
  #heardMs(): number {
    const [first, last] = [this.rtp.packets[0], this.rtp.packets.at(-1)]
    return first === undefined || last === undefined ? 0 : (last.timestamp - first.timestamp) / SAMPLES_PER_MS + 20
  }

  #loudness(recording: Int16Array): string {
    const loud = recording.reduce((sum, x) => sum + (Math.abs(x) > 200 ? 1 : 0), 0)
    return loud === 0 ? 'all silent' : 'with other words in it'
  }

  async #confirmBye(): Promise<void> {
    try {
      const bye = await this.sip.wait('BYE', m => m.status === 0 && m.method === 'BYE', 60_000)
      if (!this.#answersBye) return
      this.sip.confirm(bye)
      this.rtp.hush()
    } catch {
      // hung up by ourselves
    }
  }

  #request(method: 'ACK' | 'BYE'): void {
    const answer = this.#answer
    if (answer === null) return
    const contact = /<([^>]+)>/.exec(valueOf(answer, 'contact'))?.[1] ?? ''
    const [via = '', ...rest] = this.#invite.filter(line => !line.startsWith('To:'))
    // an ACK to a refusal belongs to the INVITE's transaction (RFC 3261 §17.1.1.3)
    const refused = answer.status >= 300
    const lines = [
      `${method} ${refused ? /<([^>]+)>/.exec(valueOf(answer, 'to'))?.[1] : contact} SIP/2.0`,
      refused ? via : `${via}${method.toLowerCase()}`,
      ...rest,
      `To: ${valueOf(answer, 'to')}`,
      `CSeq: ${this.#cseq} ${method}`,
      'Content-Length: 0',
    ]
    this.sip.send(`${lines.join('\r\n')}\r\n\r\n`)
  }
}

const sounds = new Map<string, Int16Array>()

/** Words of the agent by the clip's name, or `builtin:apology`, `builtin:goodbye` as they ship with the worker. */
function soundOf(what: string): Int16Array {
  let known = sounds.get(what)
  if (known === undefined) {
    const builtIn = /^builtin:(\w+)$/.exec(what)?.[1]
    if (builtIn === undefined) known = expand('ulaw', clip('agent', what)?.ulaw ?? new Uint8Array())
    else known = readWav(new URL(`../../runtime/worker/clips/${builtIn}.wav`, import.meta.url).pathname).samples
    if (known.length === 0) throw new Error(`nobody says “${what}”`)
    sounds.set(what, known)
  }
  return known
}
