/** What a Gemini agent's caller hears, and who may read its key. */
import type { Break } from '../break.ts'
import { tests } from '../check.ts'

const CORE = tests('runtime/sessions/gemini/protocol.test.ts')
const ROLLOVER = tests('runtime/call/sessions.test.ts')
const SESSION = tests('runtime/sessions/gemini/session.test.ts')

export const gemini: readonly Break[] = [
  {
    name: 'resampler-drops-the-tail',
    about: 'the last millisecond and a half of every sentence stays in the filter',
    file: 'runtime/sessions/gemini/downstream.ts',
    find: 'this.#give(this.#down.flush(this.#samples), take)',
    replace: 'this.#down.flush(this.#samples)',
    caughtBy: SESSION,
    expect: /its tail before its end/,
  },
  {
    name: 'provider-interruption-ignored',
    about: 'a provider that has stopped for the caller is not heard, and the agent talks on',
    file: 'runtime/sessions/gemini/protocol.ts',
    find: "if (!told) out.events.push({ type: 'interrupted' })",
    replace: "if (told) out.events.push({ type: 'interrupted' })",
    caughtBy: CORE,
    expect: /by the server: told once/,
  },
  {
    name: 'late-sound-of-a-cancelled-response',
    about: 'what still comes after an interruption is heard',
    file: 'runtime/sessions/gemini/responses.ts',
    find: 'return response.over ? null : item',
    replace: 'return item',
    caughtBy: CORE,
    expect: /belongs to nobody/,
  },
  {
    name: 'resumed-and-not-told',
    about: 'a session that goes on by a handle is not told what was said since',
    file: 'runtime/sessions/gemini/commands.ts',
    find: "if (text.trim() !== '') say(state, wordsOf(role, text))",
    replace: "if (text === '') say(state, wordsOf(role, text))",
    caughtBy: CORE,
    expect: /told what was said since/,
  },
  {
    name: 'handle-too-early',
    about: 'a second drop loses what the first session after it was told',
    file: 'runtime/sessions/gemini/protocol.ts',
    find: "newHandle !== '' && !state.behind",
    replace: "newHandle !== ''",
    caughtBy: CORE,
    expect: /handles are not passed on/,
  },
  {
    name: 'next-by-an-older-handle',
    about:
      'who is told in the middle of a sentence that the connection goes speaks afterwards with a model that never said it',
    file: 'runtime/call/rollover.ts',
    find: '  if (outdated(s)) {',
    replace: "  if (outdated(s) && call.phase !== 'live') {",
    caughtBy: ROLLOVER,
    expect: /opened anew by a newer handle/,
  },
  {
    name: 'half-a-sentence-carried-over',
    about: 'of a sentence that was not over when the next session was opened, that one knows the beginning',
    file: 'runtime/call/history.ts',
    find: 'if (words.trim() !== entry.text.trim()) entry.changed = ++call.seq',
    replace: 'if (entry.text === words) entry.changed = ++call.seq',
    caughtBy: ROLLOVER,
    expect: /told the whole of the sentence/,
  },
  {
    name: 'handle-of-who-waits',
    about: 'a session that waits to take over says where the call is, and the next one goes on there',
    file: 'runtime/worker/call-sessions.ts',
    find: "if (event.type === 'resumable' && slot === 'main')",
    replace: "if (event.type === 'resumable')",
    caughtBy: tests('runtime/worker/call-sessions.test.ts'),
    expect: /has no say where the call is/,
  },
  {
    name: 'untold-notes-lost',
    about: 'what waits to be told goes with the connection: the model never learns what was heard of its words',
    file: 'runtime/worker/call-sessions.ts',
    find: "if (slot === 'main') this.#untold = this.#waiting()",
    replace: "if (slot === 'main') this.#untold = []",
    caughtBy: tests('runtime/worker/call-sessions.test.ts'),
    expect: /told to the next when it is/,
  },
  {
    name: 'key-in-the-url',
    about: 'the key travels in the address, where proxies write it down',
    file: 'runtime/sessions/gemini/session.ts',
    find: "headers: { 'x-goog-api-key': this.options.apiKey },",
    replace:
      "headers: { 'x-goog-api-key': this.options.apiKey, ...void address.searchParams.set('key', this.options.apiKey) },",
    caughtBy: SESSION,
    expect: /with the key in a header alone/,
  },
  {
    name: 'vendors-words-not-redacted',
    about: 'a key that the vendor echoes is logged',
    file: 'runtime/sessions/wire/redact.ts',
    find: 'return { ...event, message: redact(event.message, secret) }',
    replace: 'return event',
    caughtBy: SESSION,
    expect: /API key not valid/,
  },
]
