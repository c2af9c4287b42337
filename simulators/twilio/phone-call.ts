/**
 * One call at the simulated Twilio: a phone on one side, which is the same caller that calls over SIP, and on the other side webhooks, TwiML and a
 * media stream. Between the two goes RTP in memory.
 */
import { randomBytes } from 'node:crypto'
import { newRtpHeader, parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from '#runtime/rtp/header.ts'
import { TelephoneEventReceiver } from '#runtime/rtp/telephone-event.ts'
import type { SipCommand, SipEvent } from '#runtime/sip/api.ts'
import type { Line, Signalling } from '#simulators/caller/call.ts'
import { monotonicMs } from '#simulators/caller/clock.ts'
import { dial } from './dial.ts'
import { EVENT_TYPE, FRAME_MS, MEDIA } from './media.ts'
import { MediaStream } from './media-stream.ts'
import type { Person } from './person.ts'
import { soundOf } from './sound.ts'
import type { TwilioWorld } from './start.ts'
import { readTwiml, type Verb } from './twiml.ts'
import type { TwilioView } from './view.ts'

const FRAME = 160
const KEY = 'call'
const STALL_MS = 200
/** An hour of sound. */
const MOST_DEPTHS = 180_000

/** What the phone is told of. */
export interface Phone {
  sip(event: SipEvent): void
  packet(bytes: Uint8Array, at: number): void
}

export class TwilioCall implements Signalling, Line, TwilioView {
  readonly callSid = `CA${randomBytes(16).toString('hex')}`
  readonly twiml: string[] = []
  readonly said: string[] = []
  readonly faults: string[] = []
  readonly people: Person[] = []
  readonly port = 9
  readonly lost = { out: 0, in: 0 }
  readonly depthsMs: number[] = []
  phone: Phone | null = null
  readonly #world: TwilioWorld
  readonly #from: string
  readonly #to: string
  #stream: MediaStream | null = null
  /** Counts what it was told to do: whatever it did before is left. */
  #program = 0
  #streamAt = 0
  #timer: NodeJS.Timeout | null = null
  #due = 0
  #sequence = 0
  #answered = false
  #over = false
  #heard = false
  #words: Uint8Array | null = null
  readonly #packet = Buffer.alloc(RTP_HEADER_BYTES + FRAME)
  readonly #header = newRtpHeader()
  readonly #keys = new TelephoneEventReceiver(digit => this.#stream?.digit(digit))

  constructor(world: TwilioWorld, from: string, to: string) {
    this.#world = world
    this.#from = from
    this.#to = to
  }

  get heard(): boolean {
    return this.#heard
  }

  get clears(): number {
    return this.#stream?.clears ?? 0
  }

  get torn(): number {
    return this.#stream?.buffer.torn ?? 0
  }

  command(command: SipCommand): void {
    if (command.do === 'invite') void this.#ring()
    else if (command.do === 'hangUp') this.#hangUp('local')
  }

  finish(): Promise<void> {
    return Promise.resolve()
  }

  /** A packet of the phone. */
  send(packet: Uint8Array): void {
    const header = this.#header
    if (!parseRtp(packet, packet.length, header)) return
    const now = monotonicMs()
    if (header.payloadType === EVENT_TYPE) {
      this.#keys.packet(header.timestamp, header.marker, packet, header.payloadStart, header.payloadEnd, now)
      return
    }
    this.#person?.hear(packet.subarray(header.payloadStart, header.payloadEnd))
    if (!this.#stream?.open) return
    const at = Math.max(0, Math.round((now - this.#streamAt) / FRAME_MS) * FRAME_MS)
    this.#stream.audio(Buffer.from(packet.subarray(header.payloadStart, header.payloadEnd)), at)
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  cut(): void {
    this.#stream?.cut()
    this.#end('remote', 'bye')
  }

  /** `Calls/{sid}.json` by REST. */
  update(form: Readonly<Record<string, string>>): void {
    if (form['Status'] === 'completed') return this.#hangUp('remote')
    const { Twiml: twiml } = form
    if (twiml === undefined) return
    this.#stream?.stop()
    this.#stream = null
    void this.#carryOut(twiml)
  }

  get #person(): Person | null {
    const last = this.people.at(-1)
    return last === undefined || last.over ? null : last
  }

  get over(): boolean {
    return this.#over
  }

  async #ring(): Promise<void> {
    this.#event({ type: 'provisional', call: KEY, status: 180, reason: 'Ringing', media: null })
    const answer = await this.#world.post('voice', this, this.#parameters('ringing'))
    if (this.#over) return
    if (answer.status !== 200) {
      this.faults.push(`the webhook was answered with ${answer.status}`)
      return this.#end('remote', 'rejected', 500)
    }
    await this.#carryOut(answer.text)
  }

  async #carryOut(twiml: string): Promise<void> {
    this.twiml.push(twiml)
    this.#program += 1
    const program = this.#program
    let verbs: Verb[]
    try {
      verbs = readTwiml(twiml)
    } catch (error) {
      this.faults.push((error as Error).message)
      return this.#hangUp('remote')
    }
    for (const verb of verbs) {
      if (this.#over || this.#program !== program) return
      if (verb.verb === 'Reject') return this.#end('remote', 'rejected', verb.reason === 'busy' ? 486 : 603)
      if (verb.verb === 'Hangup') break
      this.#answer()
      if (verb.verb === 'Say' || verb.verb === 'Play') await this.#speak(verb)
      else if (verb.verb === 'Pause') await new Promise(resolve => setTimeout(resolve, verb.seconds * 1000))
      else if (verb.verb === 'Dial') {
        const next = await this.#dial(verb)
        if (next !== null) return this.#carryOut(next)
      } else await this.#connect(verb)
    }
    if (this.#program === program) this.#hangUp('remote')
  }

  /** Calls somebody, and joins the two. @returns TwiML by which it goes on; null: none */
  #dial(verb: Extract<Verb, { verb: 'Dial' }>): Promise<string | null> {
    const program = this.#program
    return dial(verb, {
      world: this.#world,
      callSid: this.callSid,
      here: () => !this.#over && this.#program === program,
      over: () => this.#over,
      called: person => this.people.push(person),
      parameters: status => this.#parameters(status),
      fault: what => this.faults.push(what),
    })
  }

  async #speak(verb: Extract<Verb, { verb: 'Say' | 'Play' }>): Promise<void> {
    if (verb.verb === 'Say') this.said.push(verb.text)
    const audio = await soundOf(verb, what => this.faults.push(what))
    if (audio === null) return
    this.#words = audio
    await new Promise(resolve => setTimeout(resolve, audio.length / 8))
    this.#words = null
  }

  #connect(verb: Extract<Verb, { verb: 'Stream' }>): Promise<void> {
    return new Promise(resolve => {
      const stream = new MediaStream({
        url: verb.url,
        callSid: this.callSid,
        accountSid: this.#world.accountSid,
        streamSid: `MZ${randomBytes(16).toString('hex')}`,
        parameters: verb.parameters,
        authToken: this.#world.authToken,
        onOpen: () => {
          this.#streamAt = monotonicMs()
        },
        onClose: (_code, status) => {
          if (status !== null) this.faults.push(`the media socket was answered with ${status}`)
          resolve()
        },
        onFault: what => this.faults.push(what),
      })
      this.#stream = stream
    })
  }

  #answer(): void {
    if (this.#answered) return
    this.#answered = true
    this.#event({ type: 'answered', call: KEY, media: MEDIA, headers: {} })
    this.#due = monotonicMs() + FRAME_MS
    this.#arm()
  }

  #arm(): void {
    this.#timer = setTimeout(
      () => {
        const now = monotonicMs()
        if (now - this.#due > STALL_MS) this.#due = now
        while (this.#due <= now && !this.#over) {
          this.#tick(now)
          this.#due += FRAME_MS
        }
        if (!this.#over) this.#arm()
      },
      Math.max(0, this.#due - monotonicMs()),
    )
  }

  /** 20 ms towards the phone. */
  #tick(now: number): void {
    const frame = this.#packet.subarray(RTP_HEADER_BYTES)
    this.#keys.tick(now)
    if (this.#words) {
      frame.fill(0xff)
      frame.set(this.#words.subarray(0, FRAME))
      this.#words = this.#words.subarray(FRAME)
    } else if (this.#person) this.#person.play(frame)
    else if (this.#stream) {
      const { waitingMs } = this.#stream.buffer
      if (waitingMs > 0 && this.depthsMs.length < MOST_DEPTHS) this.depthsMs.push(waitingMs)
      this.#stream.play(frame)
    } else frame.fill(0xff)
    writeRtpHeader(this.#packet, 0, false, this.#sequence & 0xffff, (this.#sequence * FRAME) >>> 0, 1)
    this.#sequence += 1
    this.phone?.packet(this.#packet, this.#due)
  }

  #hangUp(by: 'local' | 'remote'): void {
    if (this.#over) return
    this.#stream?.stop()
    this.#end(by, this.#answered ? 'bye' : 'cancelled')
  }

  #end(by: 'local' | 'remote', cause: 'bye' | 'rejected' | 'cancelled', status: number | null = null): void {
    if (this.#over) return
    this.#over = true
    this.close()
    this.#event({ type: 'ended', call: KEY, by, cause, status, reason: null, code: null, retryAfterS: null })
    const said = this.#answered ? 'completed' : status === 486 ? 'busy' : status === null ? 'no-answer' : 'failed'
    if (this.people.length > 0 && !this.#world.plan.tells.includes('caller')) return
    void this.#world.post('status', this, { ...this.#parameters(said), CallDuration: '1' })
  }

  #event(event: SipEvent): void {
    this.#heard = true
    this.phone?.sip(event)
  }

  #parameters(status: string): Record<string, string> {
    return {
      AccountSid: this.#world.accountSid,
      ApiVersion: '2010-04-01',
      CallSid: this.callSid,
      CallStatus: status,
      Called: this.#to,
      Caller: this.#from,
      Direction: 'inbound',
      From: this.#from,
      To: this.#to,
    }
  }
}
