/** One Realtime session: a socket, the caller's audio, the conversation and the model. */
import type { RawData, WebSocket } from 'ws'
import { type ClientEvent, checkClientEvent } from './client-events.ts'
import type { WireItem } from './conversation.ts'
import { monotonicMs } from './event-log.ts'
import type { Fault } from './faults.ts'
import { newId } from './ids.ts'
import { InputBuffer, LEAST_COMMIT_MS } from './input.ts'
import { createItem, deleteItem, retrieveItem, truncateItem } from './items.ts'
import { Outbox } from './outbox.ts'
import { REFUSALS, type Refusal, sessionExpired } from './refusal.ts'
import { Responder, type ResponderWorld } from './responder.ts'
import { snapshot } from './response.ts'
import { newSession, type SessionShape, updated } from './session-shape.ts'
import { type SessionView, viewOf } from './session-view.ts'
import { strike } from './strike.ts'
import type { VadEvent } from './vad.ts'

const MAX_APPEND_BYTES = 15 * 2 ** 20
/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001

export class Session {
  readonly id = newId('sess')
  readonly #socket: WebSocket
  readonly #world: ResponderWorld
  readonly #out: Outbox
  readonly #model: Responder
  readonly #input: InputBuffer
  readonly #openedAt = monotonicMs()
  readonly #timers = new Set<NodeJS.Timeout>()
  #shape: SessionShape
  #closeCode: number | null = null
  /** Id of the user item whose speech has started. */
  #coming: string | null = null
  #idle: NodeJS.Timeout | null = null

  constructor(socket: WebSocket, model: string, world: ResponderWorld) {
    this.#socket = socket
    this.#world = world
    const { sessionMs } = world.settings
    this.#shape = newSession(this.id, model, Math.floor((Date.now() + sessionMs) / 1000))
    this.#out = new Outbox(socket, world.log, this.id)
    const { format, turn_detection } = this.#shape.audio.input
    this.#input = new InputBuffer(format, turn_detection)
    this.#model = new Responder(
      world,
      this.#out,
      () => this.#shape,
      fault => this.strike(fault),
    )
    this.#model.onOver = () => this.#armIdle()
    socket.on('message', (data, binary) => this.#receive(data, binary))
    socket.on('close', code => this.#closed(code))
    socket.on('error', () => socket.terminate())
    const slow = world.faults.take('slowStart', this.id)?.ms ?? 0
    if (slow > 0) this.#later(slow, () => this.#start())
    else this.#start()
    this.#later(sessionMs, () => this.#expire())
  }

  get open(): boolean {
    return this.#closeCode === null
  }

  get view(): SessionView {
    return {
      id: this.id,
      model: this.#shape.model,
      openedAt: this.#openedAt,
      open: this.open,
      closeCode: this.#closeCode,
      inputMs: this.#input.totalMs,
      activeResponse: this.#model.active?.spec.id ?? null,
      config: this.#shape,
      items: this.#model.conversation.items.map(viewOf),
    }
  }

  /** Makes a fault of the `now` kind happen. */
  strike(fault: Fault): void {
    this.#later(fault.afterMs, () => {
      this.#world.log.add(this.id, 'sim', `fault.${fault.kind}`, { ...fault })
      if (fault.kind === 'expire') this.#expire()
      else strike(fault, this.#socket, this.#out)
    })
  }

  close(code = GOING_AWAY, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** Without a close frame, at once. */
  terminate(): void {
    this.#socket.terminate()
  }

  #start(): void {
    this.#out.emit({ type: 'session.created', session: this.#shown() })
    const conversation = { id: this.#model.conversationId, object: 'realtime.conversation' } as const
    this.#out.emit({ type: 'conversation.created', conversation })
    for (const fault of this.#world.faults.takeAt('connect', this.id)) this.strike(fault)
  }

  #shown() {
    // The vendor's type of a session request lacks what its sessions show: id, object, expires_at.
    return structuredClone(this.#shape) as unknown as { type: 'realtime' }
  }

  #receive(data: RawData, binary: boolean): void {
    if (binary) return this.#out.refuse(REFUSALS.notText(), null)
    // With `ws` defaults a message is one Buffer.
    const text = (data as Buffer).toString('utf8')
    const checked = checkClientEvent(text)
    if ('refusal' in checked) {
      this.#world.log.add(this.id, 'in', checked.type, { refused: checked.refusal.code })
      return this.#out.refuse(checked.refusal, checked.eventId)
    }
    const { event } = checked
    this.#note(event)
    const refusal = this.#handle(event)
    if (refusal !== null) this.#out.refuse(refusal, event.event_id ?? null)
  }

  /** Audio comes 25 or 50 times a second: only the first append is logged; the amount is in the view, the turns are in the log. */
  #note(event: ClientEvent): void {
    if (event.type !== 'input_audio_buffer.append') this.#world.log.add(this.id, 'in', event.type, { ...event })
    else if (this.#input.totalMs === 0) {
      const audio = `${Buffer.byteLength(event.audio, 'base64')} bytes`
      this.#world.log.add(this.id, 'in', event.type, { ...event, audio })
    }
  }

  #handle(event: ClientEvent): Refusal | null {
    switch (event.type) {
      case 'session.update': {
        const next = updated(this.#shape, event.session, this.#model.spoke)
        if ('message' in next) return next
        this.#shape = next
        this.#input.configure(next.audio.input.format, next.audio.input.turn_detection)
        this.#out.emit({ type: 'session.updated', session: this.#shown() })
        return null
      }
      case 'input_audio_buffer.append':
        return this.#append(event.audio)
      case 'input_audio_buffer.commit': {
        const held = this.#input.heldMs
        if (held < LEAST_COMMIT_MS) return REFUSALS.commitEmpty(held)
        this.#commit(this.#coming ?? newId('item'))
        return null
      }
      case 'input_audio_buffer.clear':
        this.#input.take()
        this.#coming = null
        this.#out.emit({ type: 'input_audio_buffer.cleared' })
        return null
      case 'conversation.item.create':
        return createItem(event, this.#model, this.#out)
      case 'conversation.item.retrieve':
        return retrieveItem(event, this.#model, this.#out)
      case 'conversation.item.truncate':
        return truncateItem(event, this.#model, this.#out)
      case 'conversation.item.delete':
        return deleteItem(event, this.#model, this.#out)
      case 'response.create':
        return this.#model.create(event.response ?? {})
      case 'response.cancel':
        return this.#model.cancel('client_cancelled', event.response_id) ? null : REFUSALS.nothingToCancel()
      case 'output_audio_buffer.clear':
        return REFUSALS.webRtcOnly()
      default:
        return event satisfies never
    }
  }

  #append(base64: string): Refusal | null {
    if (base64.length > (MAX_APPEND_BYTES * 4) / 3) return REFUSALS.audioTooBig()
    if (base64.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return REFUSALS.badAudio()
    for (const event of this.#input.append(Buffer.from(base64, 'base64'))) this.#heard(event)
    return null
  }

  #heard(event: VadEvent): void {
    const detection = this.#shape.audio.input.turn_detection
    if (event.kind === 'started') {
      this.#coming = newId('item')
      const item_id = this.#coming
      this.#disarmIdle()
      this.#out.emit({ type: 'input_audio_buffer.speech_started', audio_start_ms: event.atMs, item_id })
      if (detection?.interrupt_response === true) this.#model.cancel('turn_detected')
      for (const fault of this.#world.faults.takeAt('speech', this.id)) this.strike(fault)
      return
    }
    const item_id = this.#coming ?? newId('item')
    this.#out.emit({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: event.atMs, item_id })
    this.#commit(item_id)
    if (detection?.create_response === true) this.#respond()
  }

  /** A response that nobody's event asked for; refused, it is an error without the client's event id. */
  #respond(): void {
    const refusal = this.#model.create({})
    if (refusal !== null) this.#out.refuse(refusal, null)
  }

  /** Turns the buffer into the caller's message. */
  #commit(id: string, idle = false): void {
    const audioMs = this.#input.take()
    this.#coming = null
    const item: WireItem = {
      id,
      object: 'realtime.item',
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    }
    const previous_item_id = this.#model.conversation.lastId
    this.#model.conversation.add({ item, audioMs, truncatedMs: null, mark: null })
    this.#out.emit({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id })
    this.#out.emit({ type: 'conversation.item.added', previous_item_id, item: snapshot(item) })
    this.#out.emit({ type: 'conversation.item.done', previous_item_id, item: snapshot(item) })
    const words = idle ? '' : (this.#model.director.heard(this.#model.interrupted) ?? '[speech]')
    this.#model.happened(idle ? { on: 'idle' } : { on: 'caller', text: words })
    if (this.#shape.audio.input.transcription !== null && !idle) this.#transcribe(item, words, audioMs)
  }

  #transcribe(item: WireItem, words: string, audioMs: number): void {
    this.#later(this.#world.settings.transcriptionMs, () => {
      const type = 'conversation.item.input_audio_transcription'
      for (const delta of words.match(/\S+\s*/g) ?? []) {
        this.#out.emit({ type: `${type}.delta`, item_id: item.id, content_index: 0, delta })
      }
      item.content = [{ type: 'input_audio', transcript: words }]
      const usage = { type: 'duration', seconds: Math.ceil(audioMs / 1000) } as const
      this.#out.emit({ type: `${type}.completed`, item_id: item.id, content_index: 0, transcript: words, usage })
    })
  }

  /** The idle timeout runs from the moment the last response will have been played. */
  #armIdle(): void {
    this.#disarmIdle()
    const detection = this.#shape.audio.input.turn_detection
    if (detection?.type !== 'server_vad' || detection.idle_timeout_ms === null || this.#input.speaking) return
    const wait = Math.max(0, this.#model.playedAt - performance.now()) + detection.idle_timeout_ms
    this.#idle = this.#later(wait, () => {
      if (!this.open || this.#model.active !== null) return
      const item_id = newId('item')
      const end = Math.round(this.#input.totalMs)
      this.#out.emit({
        type: 'input_audio_buffer.timeout_triggered',
        audio_start_ms: Math.max(0, end - (detection.idle_timeout_ms ?? 0)),
        audio_end_ms: end,
        item_id,
      })
      this.#commit(item_id, true)
      this.#respond()
    })
  }

  #disarmIdle(): void {
    if (this.#idle === null) return
    clearTimeout(this.#idle)
    this.#timers.delete(this.#idle)
    this.#idle = null
  }

  #expire(): void {
    const minutes = Math.round(this.#world.settings.sessionMs / 60_000)
    this.#out.refuse(sessionExpired(minutes), null)
    this.close(GOING_AWAY, sessionExpired(minutes).message)
  }

  #later(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
    return timer
  }

  #closed(code: number): void {
    this.#closeCode = code
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#model.close()
    this.#out.close()
    this.#world.log.add(this.id, 'sim', 'closed', { code })
  }
}
