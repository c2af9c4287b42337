/** A model of a Realtime session: a server with one response at a time, and a wire that delivers in order, late. */
import type { SessionCommand, SessionEvent } from '../ports.ts'
import { must } from './judge.ts'

export type Wire =
  | { readonly event: SessionEvent }
  | { readonly audio: string; readonly response: string; readonly ms: number }

/** How the next response goes; drawn by the test. */
export interface Script {
  readonly kind: 'says' | 'calls' | 'saysAndCalls' | 'empty' | 'failed' | 'stalls' | 'half' | 'ends'
  readonly items: number
  readonly ms: number
}

export class SessionModel {
  readonly wire: Wire[] = []
  /** What the open response has yet to send; null: none is open. */
  #open: { id: string; todo: Wire[]; items: string[]; calls: number } | null = null
  readonly #id: string
  readonly #auto: boolean
  readonly #script: () => Script
  #n = 0
  #speaking = false
  /** Something was said since the last response that nobody has answered yet, or that one came to nothing. */
  #unanswered = true
  /** Told as text, of which no session says when it has it: one response too many is forgiven. */
  #told = false
  dead = false

  constructor(id: string, auto: boolean, script: () => Script) {
    this.#id = id
    this.#auto = auto
    this.#script = script
  }

  say(event: SessionEvent): void {
    // before, nobody listened
    if (event.type === 'ready') this.#unanswered = true
    if (!this.dead) this.wire.push({ event })
  }

  /** The caller makes a sound, or stops. */
  speech(started: boolean): void {
    if (this.#speaking === started) return
    this.#speaking = started
    this.say({ type: 'speech', started, audioMs: 0 })
    if (!started) this.#unanswered = true
    if (!started && this.#auto && this.#open === null) this.#create()
  }

  take(c: SessionCommand): void {
    if (this.dead) return
    if (c.do === 'respond') {
      if (this.#open === null) {
        // one of the server's own that is still on its way cannot be known
        const crossed = this.wire.some(w => 'event' in w && w.event.type === 'responseStarted')
        const due = c.say !== undefined || this.#unanswered || crossed
        must(due || this.#told, 'asked for a response with nothing to answer: the agent talks twice')
        if (!due) this.#told = false
        this.#create(c.say !== undefined)
      } else
        this.say({ type: 'error', code: 'conversation_already_has_active_response', message: '', command: 'respond' })
    } else if (c.do === 'cancel') {
      this.#unanswered = true
      if (this.#open?.id === c.response) this.#finish('cancelled')
      else this.say({ type: 'error', code: 'response_cancel_not_active', message: '', command: 'cancel' })
    } else if (c.do === 'tell' || c.do === 'toolResult') {
      this.#unanswered = true
      this.#told ||= c.do === 'tell'
      if (c.do === 'toolResult') this.say({ type: 'toolTaken', call: c.call })
    }
  }

  /** Sends a part of the open response. */
  produce(count: number): void {
    for (let i = 0; i < count && this.#open !== null; i++) {
      const next = this.#open.todo.shift()
      if (next === undefined) return
      if (!this.dead) this.wire.push(next)
      if ('event' in next && next.event.type === 'responseDone') this.#open = null
    }
  }

  get producing(): boolean {
    return this.#open !== null && this.#open.todo.length > 0
  }

  #create(say = false): void {
    const id = `${this.#id}r${++this.#n}`
    const script = this.#script()
    const kind =
      say && (script.kind === 'calls' || script.kind === 'ends' || script.kind === 'saysAndCalls')
        ? 'says'
        : script.kind
    this.say({ type: 'responseStarted', response: id })
    // what is said and called is an answer; what comes to nothing may be asked for again, and a prompt answers nothing
    if (!say) this.#unanswered = kind === 'empty' || kind === 'failed' || kind === 'stalls' || kind === 'half'
    const todo: Wire[] = []
    const items: string[] = []
    const speaks = kind !== 'calls' && kind !== 'empty' && kind !== 'failed' && kind !== 'stalls'
    for (let i = 0; i < (speaks ? script.items : 0); i++) {
      const item = `${id}i${i}`
      items.push(item)
      todo.push({ event: { type: 'item', response: id, item } })
      todo.push({ event: { type: 'transcript', role: 'agent', item, text: 'one two three four', final: true } })
      for (let k = 0; k < 3; k++) todo.push({ audio: item, response: id, ms: script.ms / 3 })
      if (kind === 'half' && i === script.items - 1) break
      todo.push({ event: { type: 'itemDone', item } })
    }
    let calls = 0
    if (kind === 'calls' || kind === 'saysAndCalls') {
      for (; calls < script.items; calls++) {
        const name = ['find', 'book', 'nonsense', 'transfer_call'][(calls + script.ms) % 4] ?? 'find'
        const args = script.ms % 7 === 0 ? '{"bad' : '{"destination":"desk"}'
        todo.push({ event: { type: 'toolCall', call: `${id}c${calls}`, name, args, response: id } })
      }
    } else if (kind === 'ends') {
      todo.push({ event: { type: 'toolCall', call: `${id}e`, name: 'end_call', args: '{}', response: id } })
      calls = 1
    }
    this.#open = { id, todo, items, calls }
    if (kind === 'stalls' || kind === 'half') return
    const status = kind === 'failed' ? 'failed' : 'completed'
    todo.push({
      event: { type: 'responseDone', response: id, status, items: items.length, toolCalls: calls, usage: {} },
    })
  }

  #finish(status: 'cancelled'): void {
    const open = this.#open
    if (open === null) return
    this.#open = null
    for (const item of open.items) this.say({ type: 'itemDone', item })
    this.say({ type: 'responseDone', response: open.id, status, items: open.items.length, toolCalls: 0, usage: {} })
  }
}
