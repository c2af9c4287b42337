/** One caller of the load: Twilio's end of a media stream, marks in every frame, a buffer without a bound that is played in real time. */
import { randomBytes } from 'node:crypto'
import { MediaStream } from '#simulators/twilio/media-stream.ts'
import { ACCOUNT } from '#test/product/twilio-product.ts'
import type { Figures } from '../calls/figures.ts'
import { FLAG_FIRST, FLAG_SPEECH, FRAME, MarkReader, mark } from '../calls/mark.ts'
import { noise } from '../calls/protocol.ts'
import { type Stamped, Stamps } from '../calls/provider.ts'

/** In frames: speaks 0.8 s, listens 4 s; each third turn it interrupts after 1.2 s of listening. */
const SPEAK = 40
const LISTEN = 200
const INTERRUPT_AT = 60
const SILENCE = 0xff
/** Packets come every 20 ms, and the provider tells both at once. */
const AUDIBLE_MS = 60
/** Without a frame of the agent's for this long it is silent. */
const SILENT_MS = 200

export class StreamCaller implements Stamped {
  readonly up = new Stamps()
  readonly down = new Stamps()
  speechStartedAt = 0
  readonly #id: number
  readonly #figures: Figures
  readonly #voice: readonly Buffer[]
  readonly #frame = Buffer.alloc(FRAME, SILENCE)
  readonly #ear = Buffer.alloc(FRAME)
  readonly #marks = new MarkReader()
  readonly #stream: MediaStream
  readonly opened: Promise<boolean>
  #at = 0
  #turn = 0
  #inTurn: number
  #lastAgentAt = 0

  constructor(id: number, figures: Figures, url: string, callSid: string, authToken: string | null) {
    this.#id = id
    this.#figures = figures
    this.#voice = Array.from({ length: 8 }, (_, i) => noise(id * 8 + i + 1))
    this.#inTurn = (id * 37) % (SPEAK + LISTEN)
    let open!: (ok: boolean) => void
    this.opened = new Promise(resolve => {
      open = resolve
    })
    this.#stream = new MediaStream({
      url,
      callSid,
      accountSid: ACCOUNT,
      streamSid: `MZ${randomBytes(16).toString('hex')}`,
      parameters: {},
      authToken,
      onOpen: () => open(true),
      onClose: () => open(false),
      onFault: () => undefined,
    })
  }

  get open(): boolean {
    return this.#stream.open
  }

  /** Of audio, speech or not, that it sent. */
  get spokenMs(): number {
    return this.#at * 20
  }

  /** 20 ms either way. */
  tick(): void {
    const speech = this.#speaks()
    if (speech) this.#voice[this.#at & 7]?.copy(this.#frame)
    else this.#frame.fill(SILENCE)
    mark(this.#frame, 0, this.#id, this.#at, speech ? FLAG_SPEECH : 0)
    this.up.set(this.#at, performance.now())
    this.#stream.audio(this.#frame, this.#at * 20)
    this.#at += 1
    this.#stream.play(this.#ear)
    this.#hear()
  }

  close(): void {
    this.#stream.stop()
  }

  #hear(): void {
    const now = performance.now()
    // before what is said next is heard
    if (now - Math.max(this.#lastAgentAt, this.speechStartedAt) > SILENT_MS) this.#settle()
    for (const { frame, flags } of this.#marks.push(Buffer.from(this.#ear))) {
      this.#figures.framesHad += 1
      if (flags & FLAG_FIRST) {
        this.#figures.down.push(now - this.down.get(frame))
      } else if (now - this.#lastAgentAt < 400) this.#figures.gap.push(now - this.#lastAgentAt)
      this.#lastAgentAt = now
    }
  }

  /** The agent has been silent for a while: how long it was heard after the provider knew that the caller speaks. */
  #settle(): void {
    if (this.speechStartedAt === 0) return
    const ours = this.#lastAgentAt - this.speechStartedAt
    // what was heard just before counts: its carrier may have been told to clear before we were told anything
    if (ours > -AUDIBLE_MS) this.#figures.bargeInOurs.push(Math.max(0, ours))
    this.speechStartedAt = 0
  }

  #speaks(): boolean {
    const at = this.#inTurn++
    if (this.#inTurn >= SPEAK + LISTEN) {
      this.#inTurn = 0
      this.#turn += 1
    }
    return at < SPEAK || (this.#turn % 3 === 2 && at >= SPEAK + INTERRUPT_AT && at < SPEAK + INTERRUPT_AT + SPEAK)
  }
}
