/** One call's sound at the caller's end: a 20 ms clock, a mouth, an ear, the echo between them, and a recording of both. */
import type { Ms } from '#runtime/media/format.ts'
import type { MediaDescription } from '#runtime/sip/media-description.ts'
import { decode } from '#simulators/watermark/decode.ts'
import { heardOf } from '#simulators/watermark/heard.ts'
import { Activity } from './activity.ts'
import { monotonicMs } from './clock.ts'
import { Ear, type EarCodec } from './ear.ts'
import { type EchoOptions, EchoPath } from './echo-path.ts'
import type { HeardItem } from './events.ts'
import type { MediaLine } from './media-line.ts'
import { FRAME_MS, FRAME_SAMPLES, Mouth, type MouthCodec, type Speech } from './mouth.ts'
import { Recording, SAMPLES_PER_MS } from './recording.ts'

export interface CallMediaListener {
  onSpeech(event: { readonly type: 'start' | 'stop'; readonly at: Ms; readonly from: Ms }): void
  onKeyHeard(digit: string, ms: Ms, at: Ms): void
  onSay(what: string, onset: Ms): void
  onSaid(what: string, from: Ms, to: Ms): void
  onKey(digit: string, at: Ms): void
  /** Every 20 ms, when all of the above was told. */
  onTick(now: Ms): void
}

export interface CallMediaOptions {
  readonly line: Pick<MediaLine, 'send'>
  readonly media: MediaDescription
  readonly echo: EchoOptions | null
  /** Lateness that listening allows for, beyond its own. */
  readonly jitterMs: Ms
  readonly random: () => number
  readonly listener: CallMediaListener
}

/** What arrives is looked at so much later: packets come every 20 ms and never quite on time. */
const LISTEN_MS = 30
const AUDIBLE_MS = 60
/** Behind by more than this, ticks are left out: a burst would be no phone. */
const STALL_MS = 200

export class CallMedia {
  readonly recording: Recording
  readonly #o: CallMediaOptions
  readonly #ear: Ear
  readonly #mouth: Mouth
  readonly #echo: EchoPath | null
  readonly #activity: Activity
  #media: MediaDescription
  #due: Ms
  #timer: NodeJS.Timeout | null = null
  #packetsSent = 0
  #closed = false

  constructor(options: CallMediaOptions) {
    this.#o = options
    this.#media = options.media
    const now = monotonicMs()
    this.recording = new Recording(now)
    this.#due = now + FRAME_MS
    const time = (sample: number): Ms => this.recording.timeOf(sample)
    const { listener } = options
    this.#ear = new Ear(earCodec(options.media), {
      recording: this.recording,
      onDigit: (digit, ms, at) => listener.onKeyHeard(digit, ms, at),
    })
    this.#mouth = new Mouth(mouthCodec(options.media), options.random, {
      onSay: (what, _from, onset) => listener.onSay(what, time(onset)),
      onSaid: (what, from, to) => listener.onSaid(what, time(from), time(to)),
      onKey: (digit, sample) => listener.onKey(digit, time(sample)),
    })
    this.#echo = options.echo && new EchoPath(options.echo)
    this.#activity = new Activity()
    this.#arm()
  }

  get busy(): boolean {
    return this.#mouth.busy
  }

  get packets(): { readonly sent: number; readonly received: number } {
    return { sent: this.#packetsSent, received: this.#ear.packets }
  }

  /** When the agent began to speak; null: it is silent. */
  get agentSince(): Ms | null {
    const sample = this.#activity.speakingFrom
    return sample === null ? null : this.recording.timeOf(sample)
  }

  /** Something loud was in the last moments that were looked at. */
  get agentAudible(): boolean {
    const { lastLoud, looked } = this.#activity
    return lastLoud !== null && looked - lastLoud <= AUDIBLE_MS * SAMPLES_PER_MS
  }

  get agentLastAt(): Ms | null {
    const sample = this.#activity.lastLoud
    return sample === null ? null : this.recording.timeOf(sample)
  }

  update(media: MediaDescription): void {
    this.#media = media
    this.#ear.setCodec(earCodec(media))
    this.#mouth.setCodec(mouthCodec(media))
  }

  packet(bytes: Uint8Array, at: Ms): void {
    if (!this.#closed) this.#ear.packet(bytes, at)
  }

  say(speech: Speech): boolean {
    return this.#mouth.say(speech)
  }

  press(digits: string, toneMs: Ms, gapMs: Ms): boolean {
    return this.#mouth.press(digits, { toneMs, gapMs })
  }

  /** Watermarks heard between two moments. */
  itemsHeard(from: Ms, to: Ms): HeardItem[] {
    const at = Math.max(0, this.recording.sampleAt(from) - FRAME_SAMPLES)
    const samples = this.recording.side('agent').subarray(at, this.recording.sampleAt(to) + FRAME_SAMPLES)
    const marks = decode(samples)
    const items: HeardItem[] = []
    for (const item of new Set(marks.map(mark => mark.item))) {
      const heard = heardOf(samples, marks, item)
      if (heard === null) continue
      items.push({
        item,
        fromMs: (at + heard.firstSample) / SAMPLES_PER_MS,
        toMs: (at + heard.endSample) / SAMPLES_PER_MS,
        endMs: heard.endOffset / SAMPLES_PER_MS,
        missing: heard.missing.length,
      })
    }
    return items
  }

  /** Idempotent. Speech that is on is over now. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#listen(this.recording.length)
    const { speakingFrom, lastLoud } = this.#activity
    if (speakingFrom !== null && lastLoud !== null) this.#speech('stop', lastLoud, speakingFrom)
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#due - monotonicMs()))
  }

  #run(): void {
    const now = monotonicMs()
    if (now - this.#due > STALL_MS) this.#due = now - ((now - this.#due) % FRAME_MS)
    while (!this.#closed && this.#due <= now) {
      this.#tick(this.#due)
      this.#due += FRAME_MS
    }
    if (!this.#closed) this.#arm()
  }

  /** The packet of the 20 ms that are over at `due`: so long it takes to say them. */
  #tick(due: Ms): void {
    const sample = this.recording.sampleAt(due) - FRAME_SAMPLES
    const { remote, hold, direction } = this.#media
    const muted = hold || direction === 'recvonly' || direction === 'inactive'
    const packet = this.#mouth.next(
      sample,
      frame => this.#echo?.mix(this.recording, sample, frame),
      frame => this.recording.write('caller', sample, frame),
      muted,
    )
    if (packet !== null && remote.port !== 0) {
      this.#packetsSent++
      this.#o.line.send(packet, remote.address, remote.port)
    }
    this.#ear.tick(due)
    this.#listen(this.recording.sampleAt(due - LISTEN_MS - this.#o.jitterMs))
    if (!this.#closed) this.#o.listener.onTick(due)
  }

  #listen(until: number): void {
    for (const event of this.#activity.advance(this.recording.side('agent'), until))
      this.#speech(event.type, event.at, event.type === 'stop' ? event.from : event.at)
  }

  #speech(type: 'start' | 'stop', at: number, from: number): void {
    this.#o.listener.onSpeech({ type, at: this.recording.timeOf(at), from: this.recording.timeOf(from) })
  }
}

function earCodec({ receive, law }: MediaDescription): EarCodec {
  return { payloadType: receive.payloadType, law, eventPayloadType: receive.dtmfPayloadType }
}

function mouthCodec({ law, payloadType, dtmfPayloadType }: MediaDescription): MouthCodec {
  return { law, payloadType, eventPayloadType: dtmfPayloadType }
}
