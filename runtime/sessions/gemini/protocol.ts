/** Server message → session events. One message may carry several things, and a content several fields: all are looked at, in this order. */
import type {
  LiveServerContent,
  LiveServerMessage,
  LiveServerToolCall,
  ModalityTokenCount,
  UsageMetadata,
} from '@google/genai'
import { sessionProtocol } from '../errors.ts'
import { isObject } from '../wire/vendor-fields.ts'
import { seed, sendAnswers } from './commands.ts'
import { callerWords, finishCaller, heardStart, heardStop } from './hearing.ts'
import { close as closeResponse, contentOf, finishWords, sound, spoken } from './responses.ts'
import { type GeminiState, type Out, skip } from './state.ts'

/** `text` and `data` are getters of the vendor's client, not of its wire. */
type Member = Exclude<keyof LiveServerMessage, 'text' | 'data'>
type Handler<K extends Member> = (state: GeminiState, value: NonNullable<LiveServerMessage[K]>, out: Out) => void

/** In this order: usage and handles ride on messages of which they say nothing. A member that the package adds does not compile until it is here. */
const TABLE: { readonly [K in Member]-?: Handler<K> } = {
  setupComplete: (state, _value, out) => {
    if (state.phase !== 'configuring') return
    state.phase = 'ready'
    seed(state, out)
    out.events.push({ type: 'ready' })
  },
  voiceActivity: (state, { voiceActivityType: type }, out) => {
    // its enum is text on the wire
    const said: string | undefined = type
    if (said === 'ACTIVITY_START') heardStart(state, out)
    if (said === 'ACTIVITY_END') heardStop(state, out)
  },
  voiceActivityDetectionSignal: state => skip(state, 'voiceActivityDetectionSignal'), // needs an allowance of the vendor
  serverContent: content,
  toolCall,
  toolCallCancellation: (state, { ids }, out) => {
    for (const id of ids ?? []) {
      const call = state.calls.get(id)
      if (call === undefined) continue
      state.calls.delete(id)
      out.events.push({ type: 'toolCancelled', call: id })
      sendAnswers(state, call.batch, out)
    }
  },
  usageMetadata: (_state, usage, out) => {
    out.events.push({ type: 'usage', kind: 'response', usage: usageOf(usage) })
  },
  sessionResumptionUpdate: (state, { newHandle, resumable }, out) => {
    // while it speaks or waits for a tool there is none: the one before stays good
    if (resumable === true && newHandle !== undefined && newHandle !== '' && !state.behind)
      out.events.push({ type: 'resumable', handle: newHandle })
  },
  goAway: (_state, { timeLeft }, out) => {
    out.events.push({ type: 'expiring', inMs: milliseconds(timeLeft) })
  },
}

const MEMBERS = Object.keys(TABLE) as Member[]

/** Takes one parsed message. What the vendor has added since is counted and skipped; so is a known name in another shape, with an error. */
export function receive(state: GeminiState, message: unknown, out: Out): void {
  if (state.phase === 'closed') return
  if (!isObject(message)) return broken(state, '?', out)
  for (const key of Object.keys(message)) if (!Object.hasOwn(TABLE, key)) skip(state, '?')
  for (const member of MEMBERS) {
    const value = message[member]
    if (value === undefined || value === null) continue
    if (!isObject(value)) broken(state, member, out)
    else {
      try {
        const handle: (s: GeminiState, v: object, o: Out) => void = TABLE[member]
        handle(state, value, out)
      } catch {
        broken(state, member, out)
      }
    }
  }
}

function broken(state: GeminiState, what: string, out: Out): void {
  skip(state, '?')
  const { code, message } = sessionProtocol(what)
  out.events.push({ type: 'error', code, message })
}

function content(state: GeminiState, c: LiveServerContent, out: Out): void {
  if (c.inputTranscription !== undefined)
    callerWords(state, c.inputTranscription.text ?? '', c.inputTranscription.finished === true, out)
  for (const { inlineData } of c.modelTurn?.parts ?? []) {
    if (inlineData?.data !== undefined) heard(state, inlineData.data, inlineData.mimeType ?? '', out)
  }
  if (c.outputTranscription?.text !== undefined) spoken(state, c.outputTranscription.text, out)
  if (c.generationComplete === true) generated(state, out)
  if (c.interrupted === true) interrupted(state, out)
  if (c.turnComplete === true) turnOver(state, c.turnCompleteReason, out)
}

function heard(state: GeminiState, data: string, mimeType: string, out: Out): void {
  if (!mimeType.startsWith('audio/')) return skip(state, mimeType)
  const response = contentOf(state, out)
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0
  const item = sound(state, response, Math.floor(((data.length - padding) * 3) / 8), out)
  if (response !== null && item !== null)
    out.events.push({ type: 'sound', response: response.id, item: item.id, data, mimeType })
}

/** All of it is sent. The server still counts the time that playing it takes, and says then that its turn is over. */
function generated(state: GeminiState, out: Out): void {
  const { turn } = state
  if (turn?.generating !== true) return
  turn.generating = false
  closeResponse(state, turn.response, 'completed', out)
}

/** The server has stopped: by itself when it heard the caller, or because of what we sent. */
function interrupted(state: GeminiState, out: Out): void {
  const { turn } = state
  if (turn === null) return
  const cut = turn.response
  const told = turn.ours
  turn.generating = false
  turn.ours = true
  closeResponse(state, cut, 'cancelled', out)
  if (!told) out.events.push({ type: 'interrupted' })
}

/** Reasons that say how a turn went wrong; what the vendor adds is one of them. */
const FINE: readonly (string | undefined)[] = [undefined, 'TURN_COMPLETE_REASON_UNSPECIFIED', 'NEED_MORE_INPUT']

function turnOver(state: GeminiState, reason: string | undefined, out: Out): void {
  const { turn } = state
  const status = FINE.includes(reason) ? 'completed' : 'failed'
  const code = status === 'failed' ? reason : undefined
  if (turn !== null) closeResponse(state, turn.response, status, out, code)
  // a turn without content is an empty answer to what was asked
  else if (state.pending !== null) closeResponse(state, state.pending, status, out, code)
  // one that began after all was told
  if (turn?.ours === false && state.said.length === 0) state.behind = false
  state.turn = null
  finishWords(state, out)
  finishCaller(state, out)
}

/** The model waits now. What it says when it has the answers is another response, though of the same turn of the server. */
function toolCall(state: GeminiState, { functionCalls }: LiveServerToolCall, out: Out): void {
  const calls = functionCalls ?? []
  if (!Array.isArray(calls)) throw new TypeError('functionCalls is no list')
  if (calls.length === 0) return
  const response = contentOf(state, out)
  state.seq += 1
  const batch = state.seq
  for (const [i, { id, name, args }] of calls.entries()) {
    const call = id ?? `${state.prefix}-c${batch}-${i}`
    if (name === undefined || state.calls.has(call)) continue
    state.calls.set(call, { name, batch })
    if (response !== null) response.toolCalls += 1
    const of = response?.id ?? `${state.prefix}-r0`
    out.events.push({ type: 'toolCall', call, name, args: JSON.stringify(args ?? {}), response: of })
  }
  if (state.turn !== null) state.turn.generating = false
  closeResponse(state, response, 'completed', out)
}

/** Lists of counts by modality as objects, so that they add up. */
function usageOf(usage: UsageMetadata): Record<string, unknown> {
  const byModality = (counts: readonly ModalityTokenCount[]): Record<string, number> => {
    const sums: Record<string, number> = {}
    for (const { modality = 'UNSPECIFIED', tokenCount = 0 } of counts)
      sums[modality] = (sums[modality] ?? 0) + tokenCount
    return sums
  }
  return Object.fromEntries(
    Object.entries(usage).map(([key, value]) => [
      key,
      Array.isArray(value) ? byModality(value as ModalityTokenCount[]) : (value as unknown),
    ]),
  )
}

/** A protobuf duration in JSON: seconds with an `s`. */
function milliseconds(duration: string | undefined): number {
  const seconds = Number.parseFloat(duration ?? '')
  return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) : 0
}
