/** One call of a phone: SIP events, the script and the sound put together. */
import type { Ms } from '#runtime/media/format.ts'
import type { SipEvent } from '#runtime/sip/api.ts'
import type { MediaDescription } from '#runtime/sip/media-description.ts'
import { CallMedia } from './call-media.ts'
import type { Caller, CallerResult } from './caller-handle.ts'
import { ClipWatch } from './clip-watch.ts'
import { monotonicMs } from './clock.ts'
import type { CallerEvent, CallerWhat } from './events.ts'
import type { MediaLine } from './media-line.ts'
import type { Speech } from './mouth.ts'
import type { Opening } from './opening.ts'
import type { CallerOptions } from './options.ts'
import { seeded } from './random.ts'
import type { Recording } from './recording.ts'
import type { Step } from './script.ts'
import { type Act, ScriptRunner, type World } from './script-runner.ts'
import type { SipLine } from './sip-line.ts'
import { speechOf } from './speech-source.ts'
import { wavBytes } from './wav.ts'

/** What a call needs of signalling and of a line: SIP and UDP, or whatever a carrier puts in their place. */
export type Signalling = Pick<SipLine, 'command' | 'heard' | 'finish'>
export type Line = Pick<MediaLine, 'port' | 'send' | 'lost' | 'close'>

const HOLD = { held: 'sendonly', resumed: 'sendrecv' } as const
const TONE_MS = 100
const GAP_MS = 70

export interface CallOptions
  extends Omit<CallerOptions, 'to' | 'from' | 'transport' | 'script' | 'ringMs' | 'headers' | 'lateOffer'> {
  readonly opening: Opening
  readonly steps: readonly Step[]
  /** All that the steps say. */
  readonly speeches: Map<string, Speech>
  readonly sip: Signalling
  readonly line: Line
}

export class Call implements Caller {
  readonly events: CallerEvent[] = []
  readonly done: Promise<CallerResult>
  readonly #o: CallOptions
  readonly #opening: Opening
  readonly #runner: ScriptRunner
  readonly #speeches: Map<string, Speech>
  readonly #sip: Signalling
  readonly #line: Line
  readonly #clips = new ClipWatch()
  readonly #listeners: ((event: CallerEvent) => void)[] = []
  readonly #startedAt = monotonicMs()
  readonly #failed: string[] = []
  readonly #bargeIns: Ms[] = []
  readonly #acts: Act[] = []
  #resolve!: (result: CallerResult) => void
  #media: CallMedia | null = null
  #answered = false
  #hangUpAt: Ms = Number.POSITIVE_INFINITY
  /** Our first loud sample over the agent's voice. */
  #over: Ms | null = null
  #heldByAgent = false
  #ended = false

  constructor(options: CallOptions) {
    this.#o = options
    this.#opening = options.opening
    this.#runner = new ScriptRunner(options.steps)
    this.#speeches = options.speeches
    this.#sip = options.sip
    this.#line = options.line
    this.done = new Promise(resolve => {
      this.#resolve = resolve
    })
    setImmediate(() => this.#begin())
  }

  onEvent(listener: (event: CallerEvent) => void): void {
    this.#listeners.push(listener)
  }

  recording(): Recording | null {
    return this.#media?.recording ?? null
  }

  wav(): Buffer {
    const recording = this.recording()
    const channels = recording
      ? [recording.side('caller'), recording.side('agent')]
      : [new Int16Array(), new Int16Array()]
    return wavBytes({ rateHz: 8000, channels })
  }

  say(what: string | Speech): void {
    const speech = typeof what === 'string' ? (this.#speeches.get(what) ?? speechOf(what)) : what
    this.#media?.say(speech)
  }

  press(digits: string): void {
    this.#press(digits, TONE_MS, GAP_MS)
  }

  hangUp(): void {
    this.#sip.command({ do: 'hangUp', call: this.#opening.key })
  }

  /** The network says that nobody is there. */
  unreachable(code: string): void {
    this.#opening.unreachable(code)
  }

  packet(bytes: Uint8Array, at: Ms): void {
    this.#media?.packet(bytes, at)
  }

  sip(event: SipEvent): void {
    const now = monotonicMs()
    this.#opening.heard()
    switch (event.type) {
      case 'provisional':
        if (event.media) this.#open(event.media)
        this.#tell(now, {
          type: 'ringing',
          status: event.status,
          reason: event.reason,
          earlyMedia: event.media !== null,
        })
        return
      case 'answered':
      case 'acked':
        this.#answered = true
        this.#hangUpAt = now + (this.#o.durationMs ?? 30 * 60_000)
        this.#tell(now, { type: 'answered', ...wordsOf(event.media), keys: event.media.dtmfPayloadType !== null })
        this.#open(event.media)
        return
      case 'media': {
        this.#media?.update(event.media)
        const { hold } = event.media
        if (hold !== this.#heldByAgent) {
          this.#heldByAgent = hold
          this.#tell(now, { type: hold ? 'hold' : 'resume', by: 'agent', ok: true })
        } else this.#tell(now, { type: 'media', ...wordsOf(event.media) })
        return
      }
      case 'reinvited':
        if (event.media) this.#media?.update(event.media)
        if (!event.ok) this.#tell(now, { type: 'fault', code: 'reinvite', detail: `answered with ${event.status}` })
        return
      case 'fault':
        this.#tell(now, { type: 'fault', code: event.code, detail: event.detail })
        return
      case 'ended': {
        const { by, cause, status, reason } = event
        if (cause === 'timeout' && !this.#sip.heard) this.#opening.silent()
        this.#end(monotonicMs(), { type: 'ended', by, cause, status, reason })
        return
      }
      case 'referring':
      case 'referred':
      case 'incoming':
        this.#sip.command({ do: 'reject', call: event.call, status: 486 })
        return
    }
  }

  #begin(): void {
    this.#opening.begin({
      command: what => this.#sip.command(what),
      media: () => this.#local('sendrecv'),
      tell: what => this.#tell(monotonicMs(), what),
      heard: () => this.#sip.heard,
      over: () => this.#ended,
    })
  }

  #local(direction: 'sendrecv' | 'sendonly') {
    const { port } = this.#line
    const laws = this.#o.laws ?? ['PCMU', 'PCMA']
    return { address: this.#opening.local, port, rtcpPort: port + 1, laws, direction } as const
  }

  #open(media: MediaDescription): void {
    if (this.#media) return this.#media.update(media)
    this.#media = new CallMedia({
      line: this.#line,
      media,
      echo: this.#o.echo ?? null,
      jitterMs: this.#o.jitterMs ?? 0,
      random: seeded((this.#o.seed ?? 1) + 2),
      listener: {
        onSpeech: ({ type, at, from }) =>
          type === 'start' ? this.#tell(at, { type: 'heard-start' }) : this.#stopped(from, at),
        onKeyHeard: (digit, forMs, at) => this.#tell(at, { type: 'heard-key', digit, forMs }),
        onSay: (what, onset) => {
          const over = this.#media?.agentAudible === true
          if (over) this.#over ??= onset
          this.#tell(onset, { type: 'say', what, over })
        },
        onSaid: (what, from, to) => this.#tell(to, { type: 'said', what, forMs: to - from }),
        onKey: (digit, at) => this.#tell(at, { type: 'key', digit }),
        onTick: now => this.#tick(now),
      },
    })
  }

  #tick(now: Ms): void {
    if (this.#ended || !this.#answered) return
    this.#runner.next(this.#world(now), this.#acts)
    this.#perform()
    if (now >= this.#hangUpAt) {
      this.#hangUpAt = Number.POSITIVE_INFINITY
      this.hangUp()
    }
  }

  #perform(): void {
    for (const act of this.#acts.splice(0)) {
      if (act.do === 'say') this.say(act.what)
      else if (act.do === 'press') this.#press(act.digits, act.toneMs, act.gapMs)
      else if (act.do === 'hangUp') this.hangUp()
      else if (act.do === 'hold') {
        this.#sip.command({
          do: 'reinvite',
          call: this.#opening.key,
          local: this.#local(act.held ? HOLD.held : HOLD.resumed),
        })
        this.#tell(monotonicMs(), { type: act.held ? 'hold' : 'resume', by: 'caller', ok: true })
      } else {
        const { ok, what, seen } = act
        if (!ok) this.#failed.push(`${what}: ${seen}`)
        this.#tell(monotonicMs(), { type: 'expected', ok, what, seen })
      }
    }
  }

  #press(digits: string, toneMs: Ms, gapMs: Ms): void {
    if (this.#media?.press(digits, toneMs, gapMs) !== false) return
    this.#failed.push(`the keys ${digits} could not be pressed`)
    this.#tell(monotonicMs(), { type: 'fault', code: 'keys', detail: 'the other side takes no telephone-event' })
  }

  #stopped(from: Ms, at: Ms): void {
    const items = this.#media?.itemsHeard(from, at) ?? []
    const over = this.#over
    this.#over = null
    const interrupted = over !== null && at >= over
    this.#tell(at, { type: 'heard-stop', forMs: at - from, interrupted, ...(items.length > 0 && { items }) })
    if (!interrupted) return
    this.#bargeIns.push(at - over)
    this.#tell(at, { type: 'barge-in', silentAfterMs: at - over })
  }

  #world(now: Ms, ended: World['ended'] = null): World {
    const media = this.#media
    return {
      now,
      agentSince: media?.agentSince ?? null,
      agentLastAt: media?.agentLastAt ?? null,
      agentAudible: media?.agentAudible ?? false,
      busy: media?.busy ?? false,
      ended,
      hears: (what, since, until) => this.#clips.hears(this.recording(), what, since, now, until),
    }
  }

  #end(now: Ms, what: Extract<CallerWhat, { type: 'ended' }>): void {
    if (this.#ended) return
    this.#ended = true
    this.#media?.close()
    this.#clips.close()
    this.#runner.ended(this.#world(now, what.by), this.#acts)
    this.#perform()
    const ended = this.#tell(now, what) as CallerResult['ended']
    const { sent, received } = this.#media?.packets ?? { sent: 0, received: 0 }
    const { out, in: lostIn } = this.#line.lost
    this.#line.close()
    void this.#sip.finish().then(() =>
      this.#resolve({
        ok: this.#answered && what.cause === 'bye' && this.#failed.length === 0,
        answered: this.#answered,
        ended,
        failed: this.#failed,
        bargeIns: this.#bargeIns,
        packets: { sent, received, lostOut: out, lostIn },
      }),
    )
  }

  #tell(t: Ms, what: CallerWhat): CallerEvent {
    const event: CallerEvent = { t, ms: t - this.#startedAt, ...what }
    this.events.push(event)
    for (const listener of this.#listeners) listener(event)
    return event
  }
}

function wordsOf({ law, remote }: MediaDescription): { readonly law: string; readonly remote: string } {
  return { law, remote: `${remote.address}:${remote.port}` }
}
