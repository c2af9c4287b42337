/** SessionCommand → client messages. Pure; everything sent but caller audio is made here, typed by the vendor's own package. */
import type { Content, FunctionResponse } from '@google/genai'
import type { SessionCommand, Turn } from '#runtime/call/ports.ts'
import { sessionNotReady } from '../errors.ts'
import { sayInstructions } from '../wire/say.ts'
import { floor } from './hearing.ts'
import { begin, close } from './responses.ts'
import { setupOf } from './setup.ts'
import { type GeminiState, type Out, openResponse } from './state.ts'

const MAX_NOTES = 20
const NOTE = '[note, not said by the caller]'
const GO_ON = '(The caller is waiting for you. Go on.)'
const SAMPLES_PER_MS = 24

/** The first message, of which there is exactly one. */
export function configure(state: GeminiState, out: Out): void {
  state.phase = 'configuring'
  out.send.push({ setup: setupOf(state.config, state.resume, state.history.length > 0) })
}

/** The setup is accepted: the conversation so far goes in before anything is said, and makes the model say nothing. */
export function seed(state: GeminiState, out: Out): void {
  const turns = state.history.map(contentOfTurn)
  state.history = []
  if (turns.length > 0) {
    out.send.push({ clientContent: { turns, turnComplete: true } })
    // a handle that is given meanwhile may be of before
    state.behind = true
  }
  // one that goes on takes no content; these go with the next text
  for (const { role, text } of state.since) if (text.trim() !== '') say(state, wordsOf(role, text))
  state.since = []
}

function wordsOf(role: Turn['role'], text: string): string {
  return role === 'caller' ? text : noteOf(role === 'agent' ? `You said: ${text}` : text)
}

function contentOfTurn({ role, text }: Turn): Content {
  const words = role === 'system' ? noteOf(text) : text
  return { role: role === 'agent' ? 'model' : 'user', parts: [{ text: words }] }
}

export function command(state: GeminiState, c: SessionCommand, out: Out): void {
  if (state.phase === 'closed') return
  if (state.phase !== 'ready') {
    const { code, message } = sessionNotReady(c.do)
    out.events.push({ type: 'error', code, message, command: c.do })
    return
  }
  switch (c.do) {
    case 'respond':
      return respond(state, c, out)
    case 'cancel':
      return cancel(state, c.response, out)
    case 'truncate':
      return heardOnly(state, c.item, c.heardMs)
    case 'tell':
      if (c.role === 'system') note(state, c.text)
      else say(state, c.text)
      return
    case 'toolResult':
      return toolResult(state, c.call, c.output, out)
    case 'turn':
      return floor(state, c.started, out)
    case 'autoRespond':
      state.muted = !c.on
      return
    case 'clearInput':
  }
}

/** Asks for a response, unless the server makes one by itself already. */
function respond(state: GeminiState, c: Extract<SessionCommand, { do: 'respond' }>, out: Out): void {
  // the model waits for the end of a turn that is open
  floor(state, false, out)
  const asked = c.say === undefined ? c.instructions : sayInstructions(c.say)
  const due = state.owed && asked === undefined && state.said.length === 0
  state.owed = false
  state.pending = begin(state, out, c.interruptible === false)
  if (due) return
  // the caller's own words are answered; after ours it has to be asked
  const answers = state.said.at(-1)?.startsWith(NOTE) === false
  const words = [...state.said, asked ?? (answers ? [] : GO_ON)].flat()
  state.said = []
  state.unwanted = false
  if (state.turn !== null) state.turn.ours = true
  out.send.push({ realtimeInput: { text: [...takeNotes(state), ...words].join('\n') } })
}

/** The API has no message that ends a response: what still comes of it is dropped here, and its end is told at once. */
function cancel(state: GeminiState, id: string, out: Out): void {
  const open = openResponse(state)
  if (open === null || open.id !== id) return
  // asked for and not begun: its answer may come yet
  if (open === state.pending) state.unwanted = true
  close(state, open, 'cancelled', out)
}

/** What the caller heard cannot be told to the server, which keeps all that it sent. The model learns it with the next text that goes there. */
function heardOnly(state: GeminiState, id: string, heardMs: number): void {
  const item = state.items.find(i => i.id === id)
  if (item === undefined || item.samples === 0) return
  const share = (heardMs * SAMPLES_PER_MS) / item.samples
  if (share >= 1) return
  const heard = item.text
    .slice(0, Math.floor(item.text.length * share))
    .replace(/\S*$/, '')
    .trim()
  note(state, heard === '' ? 'Your last words were not heard.' : `Of your last words only this was heard: “${heard}”`)
}

function say(state: GeminiState, words: string): void {
  if (state.said.length < MAX_NOTES) state.said.push(words)
  state.behind = true
}

function note(state: GeminiState, text: string): void {
  if (state.notes.includes(text)) return
  state.notes.push(text)
  if (state.notes.length > MAX_NOTES) state.notes.shift()
}

function takeNotes(state: GeminiState): string[] {
  return state.notes.splice(0).map(noteOf)
}

const noteOf = (text: string): string => `${NOTE} ${text}`

/** Answers of calls that were made together go together: the model goes on when it has the last. */
function toolResult(state: GeminiState, id: string, output: string, out: Out): void {
  const call = state.calls.get(id)
  if (call === undefined) return
  state.calls.delete(id)
  state.answers.push({ id, output, ...call })
  sendAnswers(state, call.batch, out)
}

export function sendAnswers(state: GeminiState, batch: number, out: Out): void {
  if ([...state.calls.values()].some(call => call.batch === batch)) return
  const answers = state.answers.filter(a => a.batch === batch)
  if (answers.length === 0) return
  state.answers.splice(0, state.answers.length, ...state.answers.filter(a => a.batch !== batch))
  const notes = takeNotes(state)
  const functionResponses = answers.map(({ id, name, output }, i): FunctionResponse => {
    const last = i === answers.length - 1 && notes.length > 0
    return { id, name, response: { ...responseOf(output), ...(last && { notes }) } }
  })
  out.send.push({ toolResponse: { functionResponses } })
  for (const { id } of answers) out.events.push({ type: 'toolTaken', call: id })
  state.owed = true
}

/** The vendor's two words for it are `output` and `error`. */
function responseOf(output: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(output)
    const error = typeof value === 'object' && value !== null ? (value as { error?: unknown }).error : undefined
    return error === undefined ? { output: value } : { error }
  } catch {
    return { output }
  }
}
