/** Sessions that are not to be had, and what is known of a caller. */
import type { Break } from '../break.ts'
import { suite, tests } from '../check.ts'

const RESUMED = tests('runtime/worker/call-sessions.test.ts')

export const lifetimes: readonly Break[] = [
  {
    name: 'callers-words-not-carried-over',
    about: 'when a session drops, the next one knows what the agent said and not who it speaks with',
    file: 'runtime/call/history.ts',
    find: "if (entry.text.trim() === '' ||",
    replace: "if (entry.text.trim() === '' || entry.role === 'caller' ||",
    caughtBy: suite('conformance', 'lifetimes --trial silence'),
    expect: /the model knows the name/,
  },
  {
    name: 'breaker-never-opens',
    about: 'every call waits anew for a provider that all other calls know is down',
    file: 'runtime/sessions/breaker.ts',
    find: '  if (b.failedAt.length === FAILURES) open(b, now, REST_MS)',
    replace: '  if (b.failedAt.length > FAILURES) open(b, now, REST_MS)',
    caughtBy: tests('runtime/sessions/breaker.test.ts'),
    expect: /opens after three failures in a row/,
  },
  {
    name: 'fallback-not-tried',
    about: 'a call ends, or rings on, although another model would speak',
    file: 'runtime/call/models.ts',
    find: '  if (next === null) return false\n  useModel(s, next, code)\n  return true',
    replace: '  if (next === null || next > 0) return false\n  useModel(s, next, code)\n  return true',
    caughtBy: tests('runtime/call/models.test.ts'),
    expect: /the next is asked at once/,
  },
  {
    name: 'handle-not-used',
    about: 'at the limit of a connection the model forgets what it heard',
    file: 'runtime/worker/call-sessions.ts',
    find: "if (event.type === 'resumable' && slot === 'main')",
    replace: "if (event.type === 'resumable' && slot === 'next')",
    caughtBy: RESUMED,
    expect: /goes on by its handle/,
  },
  {
    name: 'handle-of-another-model',
    about: 'what a fallback was told is lost when the first model speaks again',
    file: 'runtime/worker/call-sessions.ts',
    find: 'if (this.#resume?.model !== model) this.#resume = null',
    replace: 'if (model < 0) this.#resume = null',
    caughtBy: RESUMED,
    expect: /in no handle of before/,
  },
  {
    name: 'held-by-no-handle',
    about: 'a connection that drops in a word takes the caller’s last words with it',
    file: 'runtime/call/step.ts',
    find: 's.call.heldUpTo = s.call.seq',
    replace: 's.call.heldUpTo = Infinity',
    caughtBy: tests('runtime/call/sessions.test.ts'),
    expect: /after the latest handle/,
  },
  {
    name: 'context-as-instructions',
    about: 'what a caller calls himself stands in the instructions like words of ours',
    file: 'runtime/context/fill-in.ts',
    find: '[name, asData(name, value)]',
    replace: '[name, asData(name, value) && value]',
    caughtBy: tests('runtime/context/fill-in.test.ts'),
    expect: /is marked as data in instructions/,
  },
  {
    name: 'data-leaves-its-mark',
    about: 'a caller’s name can end the mark that makes it data',
    file: 'runtime/context/untrusted.ts',
    find: "  [/</g, '‹'],\n",
    replace: "  [/</g, '<'],\n",
    caughtBy: tests('runtime/context/fill-in.test.ts'),
    expect: /cannot leave its mark|becomes one line without marks/,
  },
  {
    name: 'header-past-allow-list',
    about: 'agents read headers that the trunk does not let through',
    file: 'runtime/worker/call-context.ts',
    find: 'return (allowed && this.#incoming',
    replace: "return ((allowed || name !== '') && this.#incoming",
    caughtBy: tests('runtime/worker/worker-context.test.ts'),
    expect: /no header that the trunk does not let through/,
  },
]
