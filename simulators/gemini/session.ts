/** One connection of the Live API: a socket, the caller's sound, the conversation and the model. */
import type { RawData, WebSocket } from 'ws'
import { Director, type Trigger } from '#simulators/realtime/director.ts'
import { monotonicMs } from '#simulators/realtime/event-log.ts'
import { verbatim } from '#simulators/realtime/verbatim.ts'
import { Connection } from './connection.ts'
import { Ear } from './ear.ts'
import type { Fault } from './faults.ts'
import type { Remembered } from './memory.ts'
import {
  type ClientContent,
  ClientMessage,
  type RealtimeInput,
  type Setup,
  type ToolResponse,
  textOf,
} from './messages.ts'
import { refusalOf, resumedBy } from './refusal.ts'
import { ToolWaits } from './tool-waits.ts'
import { ModelTurn } from './turn.ts'
import { usageOf } from './usage.ts'
import type { SessionView, World } from './world.ts'

const INVALID = 'Request contains an invalid argument.'
/** Of 3.x models: text goes by realtimeInput once the conversation has begun. */
const RESTRICTED = /gemini-[3-9]/

export class Session {
  readonly #world: World
  readonly #wire: Connection
  readonly #credential: SessionView['credential']
  readonly #bad: boolean
  readonly #openedAt = monotonicMs()
  #setup: Setup | null = null
  #director: Director
  #items: Remembered[] = []
  readonly #ear = new Ear()
  #resumed = false
  #seeding = false
  #turn: ModelTurn | null = null
  readonly #waits = new ToolWaits()
  #interrupted = false
  #callN = 0

  constructor(id: string, socket: WebSocket, key: { from: SessionView['credential']; bad: boolean }, world: World) {
    this.#world = world
    this.#credential = key.from
    this.#bad = key.bad
    this.#director = new Director(world.settings.script)
    this.#wire = new Connection(id, socket, world.log)
    socket.on('message', (data: RawData) => this.#receive((data as Buffer).toString('utf8')))
    this.#wire.onClosed = () => this.#turn?.stop()
    const { connectionMs, goAwayMs } = world.settings
    this.#wire.later(Math.max(0, connectionMs - goAwayMs), () => this.#goAway(Math.min(goAwayMs, connectionMs)))
  }

  get id(): string {
    return this.#wire.id
  }

  get open(): boolean {
    return this.#wire.closeCode === null
  }

  get view(): SessionView {
    return {
      id: this.id,
      model: this.#setup?.model ?? '',
      credential: this.#credential,
      openedAt: this.#openedAt,
      open: this.open,
      closeCode: this.#wire.closeCode,
      inputMs: this.#ear.inputMs,
      resumed: this.#resumed,
      setup: this.#setup,
      items: this.#items,
    }
  }

  strike(fault: Fault): void {
    this.#world.log.add(this.id, 'sim', `fault.${fault.kind}`, { ...fault })
    if (fault.kind === 'drop') this.#wire.terminate()
    if (fault.kind === 'close') this.#wire.close(fault.code, fault.reason)
    if (fault.kind === 'stall') this.#wire.stall(fault.ms)
    if (fault.kind === 'goAway') this.#goAway(fault.timeLeftMs)
    if (fault.kind === 'interrupt') this.#interrupt()
    if (fault.kind === 'garbage') this.#wire.raw(fault.form === 'text' ? '{"serverContent": {' : '{"nobodyKnows": {}}')
  }

  terminate(): void {
    this.#wire.terminate()
  }

  #goAway(leftMs: number): void {
    this.#wire.emit({ goAway: { timeLeft: `${leftMs / 1000}s` } })
    this.#wire.later(leftMs, () => this.#wire.close(1008, 'The session duration was exceeded: connection aborted.'))
  }

  #receive(text: string): void {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return this.#wire.close(1007, INVALID)
    }
    const checked = ClientMessage.safeParse(value)
    if (!checked.success) {
      this.#world.log.add(this.id, 'in', 'refused', { issues: checked.error.issues.map(i => i.path.join('.')) })
      return this.#wire.close(1007, INVALID)
    }
    const message = checked.data
    this.#note(message, value)
    if ('setup' in message) return this.#configure(message.setup)
    if (this.#setup === null) return this.#wire.close(1007, 'setup must be the first message and only the first')
    if ('realtimeInput' in message) return this.#input(message.realtimeInput)
    if ('clientContent' in message) return this.#content(message.clientContent)
    return this.#toolResponse(message.toolResponse)
  }

  /** Sound comes 25 times a second: only the first is logged. The message is logged as it came. */
  #note(message: ClientMessage, raw: unknown): void {
    const [type = ''] = Object.keys(message)
    if (!('realtimeInput' in message) || message.realtimeInput.audio === undefined)
      return this.#world.log.add(this.id, 'in', type, raw as Record<string, unknown>)
    if (this.#ear.inputMs === 0)
      this.#world.log.add(this.id, 'in', 'realtimeInput.audio', { mimeType: message.realtimeInput.audio.mimeType })
  }

  #configure(setup: Setup): void {
    if (this.#setup !== null) return this.#wire.close(1007, 'setup must be the first message and only the first')
    const resumed = resumedBy(setup, this.#world.handles)
    const refusal = refusalOf(setup, this.#bad) ?? (resumed !== null && 'reason' in resumed ? resumed : null)
    if (refusal !== null) return this.#wire.close(refusal.code, refusal.reason)
    this.#setup = setup
    this.#seeding = setup.historyConfig?.initialHistoryInClientContent === true
    if (resumed !== null && 'items' in resumed) {
      this.#items = [...resumed.items]
      this.#director = resumed.director
      this.#interrupted = resumed.interrupted
      this.#resumed = true
    }
    this.#ear.setUp(setup.realtimeInputConfig)
    const slow = this.#world.waits.take('slowStart')
    if (slow === null) this.#begin()
    else this.#wire.later(slow.ms, () => this.#begin())
  }

  #begin(): void {
    this.#wire.emit({ setupComplete: { sessionId: this.id } })
    this.#handle()
  }

  #handle(): void {
    if (this.#setup?.sessionResumption === undefined) return
    const { model } = this.#setup
    const now = { model, items: this.#items, director: this.#director, interrupted: this.#interrupted }
    const newHandle = this.#world.handles.make(now)
    this.#wire.emit({ sessionResumptionUpdate: { newHandle, resumable: true } })
  }

  #input(input: RealtimeInput): void {
    if (input.activityStart !== undefined || input.activityEnd !== undefined) {
      if (this.#ear.findsTurns)
        return this.#wire.close(
          1007,
          'Explicit activity control is not supported when automatic activity detection is enabled.',
        )
      if (input.activityStart !== undefined) {
        this.#ear.listening = true
        this.#interrupt()
      } else if (this.#ear.listening) {
        this.#ear.listening = false
        this.#callerTurn()
      }
    }
    if (input.audio !== undefined) this.#audio(input.audio)
    if (input.text !== undefined) this.#text(input.text)
  }

  #audio(sound: { data: string; mimeType: string }): void {
    const events = this.#ear.push(sound)
    if (events === null) return this.#wire.close(1007, INVALID)
    for (const event of events) {
      this.#world.log.add(this.id, 'sim', `activity.${event.kind}`, { atMs: event.atMs })
      if (event.kind === 'stopped') this.#callerTurn()
      else if (this.#setup?.realtimeInputConfig.activityHandling !== 'NO_INTERRUPTION') this.#interrupt()
    }
  }

  /** What is being said, or is taken for being played, ends; so do calls whose answers are waited for. */
  #interrupt(): void {
    const ids = this.#waits.cancel()
    if (ids.length > 0) this.#wire.emit({ toolCallCancellation: { ids } })
    const turn = this.#turn
    if (turn === null) return
    this.#turn = null
    turn.stop()
    this.#interrupted = true
    this.#wire.emit({ serverContent: { interrupted: true } })
    this.#end(turn)
  }

  #callerTurn(): void {
    const words = this.#director.heard(this.#interrupted) ?? '[speech]'
    if (this.#setup?.inputAudioTranscription !== undefined)
      for (const text of words.match(/\S+\s*/g) ?? [])
        this.#wire.emit({ serverContent: { inputTranscription: { text } } })
    this.#remember('user', words)
    this.#answer([{ on: 'caller', text: words }], null)
  }

  /** In the middle of a conversation text is a turn of the caller's, whatever it says. */
  #text(text: string): void {
    this.#interrupt()
    this.#remember('user', text)
    if (verbatim(text) !== null) return this.#answer([], text)
    // it reads what was said where it was not
    for (const line of text.split('\n')) this.#director.replayed(line)
    this.#answer([{ on: 'text', text }], null)
  }

  #content({ turns, turnComplete }: ClientContent): void {
    if (this.#seeding) {
      for (const { role = 'user', parts } of turns) {
        this.#remember(role, textOf(parts))
        if (role === 'model') this.#director.replayed(textOf(parts))
      }
      this.#seeding = !turnComplete
      return
    }
    if (RESTRICTED.test(this.#setup?.model ?? '')) return this.#wire.close(1007, INVALID)
    this.#interrupt()
    for (const { role = 'user', parts } of turns) this.#remember(role, textOf(parts))
    if (turnComplete)
      this.#answer(
        turns.map(({ parts }) => ({ on: 'text', text: textOf(parts) }) as const),
        null,
      )
  }

  #toolResponse({ functionResponses }: ToolResponse): void {
    for (const { id, response } of functionResponses) {
      const text = JSON.stringify(response)
      if (this.#waits.answer(id, text)) this.#remember('tool', text)
    }
    const answers = this.#waits.take()
    if (answers !== null) this.#answer(answers, null)
  }

  #remember(role: 'user' | 'model' | 'tool', text: string): void {
    this.#items.push({ role, text, mark: null, sentMs: 0, wholeMs: 0, interrupted: false })
  }

  #answer(triggers: readonly Trigger[], instructions: string | null): void {
    // one that is still playing is over for the model when it is asked again
    this.#turn?.stop()
    const interrupted = this.#interrupted
    this.#interrupted = false
    const { settings, waits, log } = this.#world
    const plan = this.#director.next({ triggers, instructions, interrupted, first: false })
    log.add(this.id, 'sim', 'turn', { turn: plan.turn?.name ?? null })
    const outputs = waits.take('empty') === null ? plan.outputs : []
    const waitMs = plan.waitMs + (waits.take('slow')?.ms ?? 0)
    if (this.#setup?.sessionResumption !== undefined) this.#wire.emit({ sessionResumptionUpdate: { resumable: false } })
    // the live API sends one without content first
    this.#wire.emit({ serverContent: {} })
    this.#turn = new ModelTurn(outputs, settings.pace, waitMs, settings.speech, {
      emit: message => this.#wire.emit(message),
      nextMark: () => this.#world.nextMark(),
      remember: item => {
        this.#items.push(item)
        log.add(this.id, 'sim', 'item', { mark: item.mark })
      },
      said: (_turn, calls) =>
        calls.length === 0 ? this.#wire.emit({ serverContent: { generationComplete: true } }) : this.#call(calls),
      over: turn => this.#end(turn),
    })
  }

  /** The model waits: its turn goes on with the answers. */
  #call(calls: readonly { name: string; args: Record<string, unknown> }[]): void {
    const functionCalls = calls.map(({ name, args }) => ({ id: `call-${this.id}-${++this.#callN}`, name, args }))
    for (const { id, name } of functionCalls) this.#waits.add(id, name)
    this.#turn = null
    this.#wire.emit({ toolCall: { functionCalls } })
  }

  #end(turn: ModelTurn): void {
    if (this.#turn === turn) this.#turn = null
    const usageMetadata = usageOf(this.#setup, this.#items, turn.audioMs)
    this.#wire.emit({ serverContent: { turnComplete: true }, usageMetadata })
    this.#handle()
  }
}
