/** One response of the model: its plan turned into server events on a timeline, cut at any moment with a proper end. */
import type { ConversationItem, RealtimeResponse } from 'openai/resources/realtime/realtime'
import type { StoredItem, WireItem } from './conversation.ts'
import { fromUlaw8k } from './formats.ts'
import { newId } from './ids.ts'
import type { Ending, ResponseHost, ResponseSpec } from './response-spec.ts'
import { spokenTokens, textTokens } from './usage.ts'
import { type Utterance, utter } from './utterance.ts'
import type { Outgoing } from './wire.ts'

/** Something to send `at` ms after the response began. */
interface Cue {
  readonly at: number
  readonly run: () => void
}

interface Open {
  readonly stored: StoredItem
  readonly index: number
  /** Item before it; null: it is the first. */
  previous: string | null
  said: string
}

export class ResponseRun {
  readonly spec: ResponseSpec
  readonly #host: ResponseHost
  readonly #started = performance.now()
  readonly #cues: Iterator<Cue>
  #next: Cue | null = null
  #timer: NodeJS.Timeout | null = null
  #open: Open | null = null
  readonly #output: WireItem[] = []
  #tokens = { text: 0, audio: 0 }
  #audioMs = 0
  #over = false

  constructor(spec: ResponseSpec, host: ResponseHost) {
    this.spec = spec
    this.#host = host
    this.#cues = this.#timeline()
  }

  /** Milliseconds of audio sent so far. */
  get audioMs(): number {
    return this.#audioMs
  }

  announce(): void {
    this.#host.emit({ type: 'response.created', response: this.#object('in_progress') })
  }

  begin(): void {
    this.#advance()
  }

  /** Ends it now: closes what is open, then `response.done`. */
  finish(ending: Ending): void {
    if (this.#over) return
    this.stop()
    this.#close(ending.status === 'completed' ? 'completed' : 'incomplete')
    const usage = this.#host.usage(this.#tokens)
    const { status, ...details } = ending
    const response = { ...this.#object(status), usage }
    response.status_details = status === 'completed' ? (null as never) : { type: status, ...details }
    this.#host.emit({ type: 'response.done', response })
    this.#host.over(this, ending)
  }

  /** Stops without a word: the socket is gone. */
  stop(): void {
    this.#over = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #advance(): void {
    this.#timer = null
    while (!this.#over) {
      this.#next ??= this.#cues.next().value ?? null
      if (this.#next === null) return this.finish({ status: 'completed' })
      const wait = this.#next.at - (performance.now() - this.#started)
      if (wait > 0.5) {
        this.#timer = setTimeout(() => this.#advance(), wait)
        return
      }
      const { run } = this.#next
      this.#next = null
      run()
    }
  }

  *#timeline(): Generator<Cue> {
    const { pace, waitMs, outputs, modality } = this.spec
    let at = pace.latencyMs + waitMs
    let index = 0
    for (const output of outputs) {
      at += output.wait ?? 0
      const here = index++
      if ('call' in output) {
        yield* this.#call(output.call, JSON.stringify(output.arguments), here, at)
      } else if (modality === 'text') {
        yield* this.#write(output.say, here, at)
      } else {
        at = yield* this.#speak(output, here, at)
      }
    }
    yield { at, run: () => {} }
  }

  /** Audio faster than real time: `headStartMs` at once, the rest at `speed`. Returns when the item's last audio was sent. */
  *#speak(output: { say: string; ms?: number | undefined }, index: number, from: number): Generator<Cue, number> {
    const { pace, speech } = this.spec
    const mark = this.#host.nextMark()
    const utterance = utter(speech, output.say, mark, output.ms)
    const words = output.say.match(/\S+\s*/g) ?? []
    yield { at: from, run: () => this.#begin(message(), mark, index, { type: 'audio', transcript: '' }) }
    let sent = 0
    let word = 0
    let at = from
    while (sent < utterance.ms) {
      const to = Math.min(utterance.ms, sent + pace.deltaMs)
      at = from + Math.max(0, (sent - pace.headStartMs) / pace.speed)
      // Transcript runs a little ahead of the audio, as the vendor's does.
      const wordsDue = Math.min(words.length, Math.ceil((words.length * (to + pace.deltaMs)) / utterance.ms))
      const text = words.slice(word, wordsDue).join('')
      word = Math.max(word, wordsDue)
      const piece = { from: sent, to }
      yield { at, run: () => this.#say(text, utterance, piece) }
      sent = to
    }
    const rest = words.slice(word).join('')
    yield {
      at,
      run: () => {
        if (rest !== '') this.#transcript(rest)
        this.#close('completed')
      },
    }
    return at
  }

  *#write(text: string, index: number, at: number): Generator<Cue> {
    yield { at, run: () => this.#begin(message(), null, index, { type: 'text', text: '' }) }
    for (const delta of text.match(/\S+\s*/g) ?? []) {
      yield {
        at,
        run: () => {
          this.#append(delta)
          this.#host.emit({ type: 'response.output_text.delta', ...this.#where(), content_index: 0, delta })
        },
      }
    }
    yield { at, run: () => this.#close('completed') }
  }

  *#call(name: string, args: string, index: number, at: number): Generator<Cue> {
    const call_id = newId('call')
    const item: WireItem = { ...base('function_call'), call_id, name, arguments: '' }
    yield { at, run: () => this.#begin(item, null, index, null) }
    const step = Math.max(8, Math.ceil(args.length / 4))
    for (let i = 0; i < args.length; i += step) {
      const delta = args.slice(i, i + step)
      yield {
        at,
        run: () => {
          this.#append(delta)
          this.#host.emit({ type: 'response.function_call_arguments.delta', ...this.#where(), call_id, delta })
        },
      }
    }
    yield { at, run: () => this.#close('completed') }
  }

  #begin(
    item: WireItem,
    mark: number | null,
    index: number,
    part: { type: 'audio'; transcript: string } | { type: 'text'; text: string } | null,
  ): void {
    const stored: StoredItem = { item, audioMs: 0, truncatedMs: null, mark }
    this.#open = { stored, index, previous: null, said: '' }
    this.#output.push(item)
    const { id, conversationId } = this.spec
    const wire = snapshot(item)
    this.#host.emit({ type: 'response.output_item.added', response_id: id, output_index: index, item: wire })
    if (conversationId !== null) {
      const previous_item_id = this.#host.add(stored)
      this.#open.previous = previous_item_id
      this.#host.emit({ type: 'conversation.item.added', previous_item_id, item: wire })
    }
    if (part === null) return
    item.content = [{ type: part.type === 'audio' ? 'output_audio' : 'output_text' }]
    this.#host.emit({ type: 'response.content_part.added', ...this.#where(), content_index: 0, part })
  }

  #say(text: string, utterance: Utterance, { from, to }: { from: number; to: number }): void {
    const open = this.#open
    if (open === null) return
    if (text !== '') this.#transcript(text)
    const limit = this.spec.endsAfter
    const audio = fromUlaw8k(this.spec.format, utterance.read(from, to))
    const delta = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64')
    open.stored.audioMs += to - from
    this.#audioMs += to - from
    this.#tokens.audio += spokenTokens(to - from)
    this.#host.emit({ type: 'response.output_audio.delta', ...this.#where(), content_index: 0, delta })
    if (limit !== null && this.#audioMs >= limit.audioMs) this.finish(limit.ending)
  }

  #transcript(delta: string): void {
    this.#append(delta)
    this.#host.emit({ type: 'response.output_audio_transcript.delta', ...this.#where(), content_index: 0, delta })
  }

  #append(delta: string): void {
    if (this.#open === null) return
    this.#open.said += delta
    this.#tokens.text += textTokens(delta)
  }

  #where(): { response_id: string; item_id: string; output_index: number } {
    return {
      response_id: this.spec.id,
      item_id: this.#open?.stored.item.id ?? '',
      output_index: this.#open?.index ?? 0,
    }
  }

  /** The closing events of the open item, with what was really sent of it. */
  #close(status: 'completed' | 'incomplete'): void {
    const open = this.#open
    if (open === null) return
    const { item } = open.stored
    const where = this.#where()
    const emit = (event: Outgoing): void => this.#host.emit(event)
    item.status = status
    if (item.type === 'function_call') {
      item.arguments = open.said
      const { call_id = '', name = '' } = item
      const done = { ...where, call_id, name, arguments: open.said }
      emit({ type: 'response.function_call_arguments.done', ...done })
    } else {
      const audio = item.content?.[0]?.type === 'output_audio'
      const text = open.said.trimEnd()
      item.content = [audio ? { type: 'output_audio', transcript: text } : { type: 'output_text', text }]
      if (open.stored.truncatedMs !== null) item.content = [{ type: 'output_audio' }]
      if (audio) {
        emit({ type: 'response.output_audio.done', ...where, content_index: 0 })
        emit({ type: 'response.output_audio_transcript.done', ...where, content_index: 0, transcript: text })
      } else emit({ type: 'response.output_text.done', ...where, content_index: 0, text })
      const part = audio ? ({ type: 'audio', transcript: text } as const) : ({ type: 'text', text } as const)
      emit({ type: 'response.content_part.done', ...where, content_index: 0, part })
    }
    this.#open = null
    const wire = snapshot(item)
    const { id, conversationId } = this.spec
    emit({ type: 'response.output_item.done', response_id: id, output_index: open.index, item: wire })
    if (conversationId !== null) emit({ type: 'conversation.item.done', previous_item_id: open.previous, item: wire })
  }

  #object(status: NonNullable<RealtimeResponse['status']>): RealtimeResponse {
    const { id, conversationId, modality, format, voice, maxOutputTokens, metadata } = this.spec
    const response: RealtimeResponse = {
      object: 'realtime.response',
      id,
      status,
      output: this.#output.map(snapshot),
      conversation_id: conversationId as string,
      output_modalities: [modality],
      max_output_tokens: maxOutputTokens,
      audio: { output: { format, voice: voice as string } },
      metadata,
    }
    return response
  }
}

function base<T extends WireItem['type']>(type: T): Pick<WireItem, 'id' | 'object' | 'status'> & { type: T } {
  return { id: newId('item'), object: 'realtime.item', type, status: 'in_progress' }
}

function message(): WireItem {
  return { ...base('message'), role: 'assistant', content: [] }
}

/** An item as it is now; the vendor's types have no `transcript: null`, its events do. */
export function snapshot(item: WireItem): ConversationItem {
  return structuredClone(item) as ConversationItem
}
