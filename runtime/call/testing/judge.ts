/** The invariants of a call, watched from outside: from what was told to the machine and what it wanted done, never from its state. */
import type { CallEffect } from '../effects.ts'
import type { CallEvent, SessionSlot } from '../events.ts'
import type { LegModel } from './leg-model.ts'

interface Watched {
  ready: boolean
  /** A response that the machine must believe to be open: 'asked' until its id is told. */
  open: string | null
  readonly items: Set<string>
  readonly itemsOf: Map<string, string[]>
  speaking: boolean
  readonly calls: Set<string>
  readonly answered: Set<string>
  readonly cancelled: Set<string>
  readonly truncated: Set<string>
  readonly started: Set<string>
}

const watched = (): Watched => ({
  ready: false,
  open: null,
  items: new Set(),
  itemsOf: new Map(),
  speaking: false,
  calls: new Set(),
  answered: new Set(),
  cancelled: new Set(),
  truncated: new Set(),
  started: new Set(),
})

export class Judge {
  readonly sessions: { [slot in SessionSlot]?: Watched } = {}
  readonly tools = new Set<string>()
  freed = 0
  answers = 0
  #asked = false
  readonly #discarded = new Set<string>()
  readonly #complete = new Set<string>()
  readonly #leg: LegModel
  #held = false

  constructor(leg: LegModel) {
    this.#leg = leg
  }

  /** To be called before the machine is told. */
  told(e: CallEvent): void {
    if (e.type === 'tool') this.tools.delete(e.id)
    if (e.type === 'leg' && e.event.type === 'held') this.#held = e.event.held
    if (e.type !== 'session') return
    const session = this.sessions[e.slot]
    if (session === undefined) return
    const { event } = e
    if (event.type === 'ready') session.ready = true
    else if (event.type === 'closed') delete this.sessions[e.slot]
    else if (event.type === 'responseStarted') {
      session.open = event.response
      session.started.add(event.response)
    } else if (event.type === 'item') {
      session.items.add(event.item)
      session.itemsOf.set(event.response, [...(session.itemsOf.get(event.response) ?? []), event.item])
    } else if (event.type === 'speech') session.speaking = event.started
    else if (event.type === 'itemDone') this.#complete.add(event.item)
    else if (event.type === 'toolCall') session.calls.add(event.call)
    else if (event.type === 'responseDone' && session.open === event.response) session.open = null
    else if (event.type === 'error' && event.code === 'conversation_already_has_active_response') {
      if (session.open === 'asked') session.open = null
    } else if (event.type === 'error' && event.command === 'respond' && session.open === 'asked') session.open = null
  }

  /** To be called with each effect, before it is performed. */
  did(e: CallEffect): void {
    must(this.freed === 0, 'no effect after free')
    switch (e.do) {
      case 'leg':
      case 'flush':
      case 'pause':
      case 'resume':
      case 'judge':
      case 'play':
        must(this.#leg.state !== 'over', `${e.do} to a leg that is gone`)
        must(!this.#leg.commandedEnd, `${e.do} to a leg that was hung up`)
        if (e.do === 'leg') this.#command(e.command.do)
        return
      case 'route':
        must(this.#leg.state !== 'over' && !this.#leg.commandedEnd, 'route of a closed leg')
        for (const port of e.to)
          if ('session' in port) must(this.sessions[port.session], 'route to a session that is not')
        return
      case 'openSession':
        must(this.sessions[e.slot] === undefined, `${e.slot} is opened twice`)
        this.sessions[e.slot] = watched()
        return
      case 'closeSession':
        must(this.sessions[e.slot], `${e.slot} is closed twice`)
        delete this.sessions[e.slot]
        return
      case 'swapSessions': {
        const { next } = this.sessions
        must(next, 'swap without a next')
        delete this.sessions.next
        if (next !== undefined) this.sessions.main = next
        return
      }
      case 'session':
        return this.#session(e)
      case 'discard':
        this.#discarded.add(e.response)
        return
      case 'tool':
        must(!this.tools.has(e.id), 'a tool runs twice')
        this.tools.add(e.id)
        return
      case 'cancelTool':
        must(this.tools.has(e.id), 'a tool that does not run is cancelled')
        this.tools.delete(e.id)
        return
      case 'free':
        this.freed++
        must(Object.keys(this.sessions).length === 0, 'a session is left open')
        must(this.tools.size === 0, 'a tool is left running')
        return
      case 'askContext':
        must(!this.#asked, 'context is asked for twice')
        this.#asked = true
        return
      case 'dial':
      case 'tone':
      case 'record':
      case 'trace':
    }
  }

  #command(what: string): void {
    if (what === 'answer') {
      this.answers++
      must(this.answers === 1, 'answered twice')
    }
    if (what === 'reject') must(this.answers === 0, 'rejected after the answer')
    if (what === 'hangUp') must(this.answers === 1, 'hung up before the answer')
  }

  #session(e: Extract<CallEffect, { do: 'session' }>): void {
    const session = this.sessions[e.slot]
    must(session?.ready, `${e.command.do} to a session that is not ready`)
    if (session === undefined) return
    const { command } = e
    switch (command.do) {
      case 'respond':
        must(session.open === null, 'a second response is asked for')
        session.open = 'asked'
        return
      case 'cancel':
        must(session.open === command.response, 'a response is cancelled that is not open')
        must(!session.cancelled.has(command.response), 'cancelled twice')
        session.cancelled.add(command.response)
        return
      case 'truncate': {
        must(session.items.has(command.item), 'truncation of an item of another session')
        must(!session.truncated.has(command.item), 'truncated twice')
        session.truncated.add(command.item)
        const truth = this.#leg.played.get(command.item) ?? { ms: 0, total: 0, complete: false }
        must(command.heardMs <= truth.ms, 'truncated beyond what was heard')
        must(command.heardMs > truth.ms - 1, 'truncated short of what was heard')
        must(!this.#whole(command.item), 'a fully heard item is truncated')
        return
      }
      case 'toolResult':
        must(session.calls.has(command.call), 'an answer to a call of another session')
        must(!session.answered.has(command.call), 'a call is answered twice')
        session.answered.add(command.call)
        return
      case 'turn':
      case 'tell':
      case 'clearInput':
      case 'autoRespond':
    }
  }

  /** What was cancelled must be inaudible: its audio is discarded. */
  settled(after: CallEvent): void {
    if (this.#leg.commandedEnd || this.#leg.state === 'over') return
    must(!this.#leg.paused || this.#held || this.sessions.main?.speaking, 'playback is paused for nothing')
    must(this.#leg.paused || !this.#held, 'the agent speaks into hold')
    this.#forgotten(after)
    for (const session of Object.values(this.sessions)) {
      for (const id of session.cancelled) must(this.#discarded.has(id), 'a cancelled response may still be heard')
    }
  }

  /** When a cancelled response is over, the session knows nothing of it that was not heard. */
  #forgotten(after: CallEvent): void {
    if (after.type !== 'session' || after.slot !== 'main' || after.event.type !== 'responseDone') return
    const { main } = this.sessions
    const { response } = after.event
    if (main?.ready !== true || !main.cancelled.has(response)) return
    for (const item of main.itemsOf.get(response) ?? [])
      must(main.truncated.has(item) || this.#whole(item), 'a cancelled item is not forgotten')
  }

  #whole(item: string): boolean {
    const truth = this.#leg.played.get(item)
    if (truth === undefined || truth.total === 0) return false
    return (truth.complete || this.#complete.has(item)) && truth.ms >= truth.total
  }

  /** After an interruption: what was dropped half heard or unheard is forgotten by the session. `dropped`: session items of the current session. */
  interrupted(dropped: readonly string[]): void {
    const { main } = this.sessions
    if (main?.ready !== true) return
    for (const item of dropped) {
      if (!main.items.has(item) || this.#whole(item)) continue
      must(main.truncated.has(item), 'an interrupted item is not truncated')
    }
  }
}

export function must(condition: unknown, message: string): void {
  if (condition === undefined || condition === false || condition === null)
    throw new Error(`invariant broken: ${message}`)
}
