/** The media of one stream: the way in, the way out, echo. Driven by the worker's pacer; it owns no timer and no socket. */
import { EchoDetector, type EchoJudgement } from '#runtime/media/echo-detector.ts'
import { type AudioFormat, bytesOf, type Ms, msOf } from '#runtime/media/format.ts'
import { type MarkedPlayout, wholeFrames } from '#runtime/media/marked-playout.ts'
import { SilentLine } from '#runtime/rtp/silent-line.ts'
import { CallerAudio } from './caller-audio.ts'
import { GROUP_MS, Lead } from './lead.ts'
import { Messages, markNumber, type StreamMessage } from './messages.ts'

/** Where messages go: the carrier's socket. */
export interface StreamSink {
  /** Bytes given to it and not yet sent. */
  readonly buffered: number
  /** These, in order and together. */
  send(...messages: Buffer[]): void
}

export interface StreamMediaListener {
  readonly onFrame: (frame: Uint8Array, at: Ms) => void
  readonly onDigit: (digit: string, ms: Ms) => void
  /** The caller's first audio. */
  readonly onMedia: () => void
  readonly onSilent: (forMs: Ms) => void
  readonly onResumed: () => void
  /** The carrier takes audio and does not say that it plays any. */
  readonly onDeaf: () => void
}

export const FORMAT: AudioFormat = { encoding: 'pcmu', rateHz: 8000 }
const SILENCE = 0xff
const FRAME_MS: Ms = 20
const FRAME_BYTES = bytesOf(FORMAT, FRAME_MS)
const GROUP_BYTES = bytesOf(FORMAT, GROUP_MS)
/** No message at all for this long: the line is silent. */
const SILENT_MS: Ms = 2000
/** Audio in flight, and no mark for this long: nobody plays it. */
const DEAF_MS: Ms = 5000
/** A socket that does not drain is not given more: what lies in it cannot be taken back. */
const MAX_BUFFERED = 16_384
/** A carrier does not say how long a key was pressed. */
const KEY_MS: Ms = 100
const KEYS = /^[0-9*#A-D]$/

export class StreamMedia {
  readonly #playout: MarkedPlayout
  readonly #listener: StreamMediaListener
  readonly #sink: StreamSink
  readonly #messages: Messages
  readonly #audio: CallerAudio
  readonly #silence: SilentLine
  readonly #echo = new EchoDetector('PCMU')
  readonly #lead = new Lead()
  readonly #group = Buffer.alloc(GROUP_BYTES)
  /** What was sent, until it is heard by our clock: the echo of it comes after that. */
  readonly #ahead: Buffer[] = []
  /** Bytes of the first of them that were heard. */
  #aheadAt = 0
  readonly #frame = new Uint8Array(FRAME_BYTES)
  #markedAt: Ms
  #tickedAt: Ms | null = null
  #skippedMs: Ms = 0
  #heardAnything = false

  constructor(playout: MarkedPlayout, streamSid: string, sink: StreamSink, now: Ms, listener: StreamMediaListener) {
    this.#playout = playout
    this.#sink = sink
    this.#listener = listener
    this.#messages = new Messages(streamSid)
    this.#silence = new SilentLine(SILENT_MS, now)
    this.#markedAt = now
    this.#audio = new CallerAudio((frame, at) => this.#received(frame, at))
    this.#audio.inbound.start(now)
  }

  get counts(): { lost: number; late: number; jitterMs: Ms } {
    const { statistics, counters } = this.#audio.inbound
    return {
      lost: Math.max(0, statistics.expected - statistics.received),
      late: counters.late + counters.stale,
      jitterMs: statistics.jitterMs,
    }
  }

  quietMs(): Ms {
    return this.#echo.quietMs
  }

  judge(now: Ms): EchoJudgement {
    return this.#echo.judge(now)
  }

  message(message: StreamMessage, now: Ms): void {
    switch (message.event) {
      case 'media':
        if (!this.#audio.media(message.chunk, message.timestamp, message.payload, now)) return
        if (this.#silence.packet(now)) this.#listener.onResumed()
        if (this.#heardAnything) return
        this.#heardAnything = true
        return this.#listener.onMedia()
      case 'mark': {
        const number = markNumber(message.name)
        if (number === null) return
        this.#markedAt = now
        this.#lead.marked(now, number)
        this.#playout.confirm(number)
        return
      }
      case 'dtmf':
        if (KEYS.test(message.digit)) this.#listener.onDigit(message.digit, KEY_MS)
        return
      case 'connected':
      case 'start':
      case 'stop':
      case 'unknown':
        return
    }
  }

  /** `now`: when the tick was due. */
  tick(now: Ms): void {
    this.#audio.tick(now)
    this.#send(now)
    this.#heard(now)
    const silentFor = this.#silence.check(now, true)
    if (silentFor !== null) this.#listener.onSilent(silentFor)
    if (!this.#playout.unconfirmed) this.#markedAt = now
    else if (now - this.#markedAt >= DEAF_MS) this.#listener.onDeaf()
  }

  /** The playout is flushed: what is in the carrier's buffer is dropped, too. */
  clear(unconfirmed: boolean): void {
    if (unconfirmed) this.#sink.send(this.#messages.clear())
    this.#lead.cleared()
    this.#ahead.length = 0
    this.#aheadAt = 0
  }

  #send(now: Ms): void {
    while (this.#playout.waitingMs > 0 && this.#sink.buffered < MAX_BUFFERED) {
      const room = this.#lead.room(now, this.#playout.inFlightMs)
      // at the beginning a whole lead is free; after that two frames at a time, for half the messages
      const wanted = Math.min(GROUP_MS, Math.ceil(this.#playout.waitingMs / FRAME_MS) * FRAME_MS)
      if (room < wanted) return
      const bytes = this.#playout.tick(now, this.#group.subarray(0, wholeFrames(FORMAT, wanted)))
      if (bytes === 0) return
      const audio = Buffer.from(this.#group.subarray(0, bytes))
      const mark = this.#playout.mark()
      this.#sink.send(this.#messages.media(audio), this.#messages.mark(mark))
      this.#lead.sent(now, msOf(FORMAT, bytes), mark)
      this.#ahead.push(audio)
    }
  }

  /** 20 ms of what the caller hears now, for the judge of echoes. */
  #heard(now: Ms): void {
    const missedMs = this.#tickedAt === null ? 0 : now - this.#tickedAt - FRAME_MS
    this.#tickedAt = now
    if (missedMs > 0) this.#echo.sentNothing(missedMs)
    let filled = 0
    for (let first = this.#ahead[0]; first !== undefined && filled < FRAME_BYTES; first = this.#ahead[0]) {
      const from = this.#aheadAt
      const n = Math.min(first.length - from, FRAME_BYTES - filled)
      // fifty times a second for every call: a view for 160 bytes costs more than they do
      for (let i = 0; i < n; i++) this.#frame[filled + i] = first[from + i]!
      filled += n
      this.#aheadAt = from + n
      if (this.#aheadAt < first.length) break
      this.#ahead.shift()
      this.#aheadAt = 0
    }
    this.#frame.fill(SILENCE, filled)
    this.#echo.sent(this.#frame)
  }

  #received(frame: Uint8Array, at: Ms): void {
    const { figures } = this.#audio.inbound
    if (figures.skippedMs > this.#skippedMs) this.#echo.receivedNothing(figures.skippedMs - this.#skippedMs)
    this.#skippedMs = figures.skippedMs
    this.#echo.received(frame)
    this.#listener.onFrame(frame, at)
  }
}
