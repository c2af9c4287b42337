/** What happens when the caller speaks while the agent does. */
import type { Break } from '../break.ts'
import { suite, tests, timedTests } from '../check.ts'

const PHONES = suite('conformance', 'barge-in --count 6 --phones 2 --seed 7')
const MACHINE = tests('runtime/call/barge-in.test.ts')

export const bargeIn: readonly Break[] = [
  {
    name: 'truncate-beyond',
    about: 'the model is told that 200 ms more were heard than left',
    file: 'runtime/sessions/openai/commands.ts',
    find: 'Math.max(0, Math.floor(Math.min(heardMs, received)))',
    replace: 'Math.max(0, Math.floor(Math.min(heardMs + 200, received)))',
    caughtBy: PHONES,
    expect: /truncated − heard of/,
  },
  {
    name: 'received-counts-as-heard',
    about: 'the playout counts what it was given as heard',
    file: 'runtime/media/playout.ts',
    find: 'ms: Math.floor(msOf(this.#format, item.played)),',
    replace: 'ms: Math.floor(msOf(this.#format, item.received)),',
    caughtBy: tests('runtime/media/playout.test.ts'),
    expect: /within one frame|over random histories/,
  },
  {
    name: 'truncate-whole',
    about: 'an item that was heard to its end is truncated, and loses its transcript',
    file: 'runtime/call/items.ts',
    find: 'const whole = (h.complete || item.done) && h.ms >= Math.floor(h.totalMs)',
    replace: 'const whole = false',
    caughtBy: MACHINE,
    expect: /never truncates what was heard whole/,
  },
  {
    name: 'never-pauses',
    about: 'the agent speaks on until it is sure that the caller does',
    file: 'runtime/worker/call-runner.ts',
    find: 'return this.#o.leg.playout?.pause()',
    replace: 'return',
    caughtBy: PHONES,
    expect: /max of \d+|of them as they should be/,
  },
  {
    name: 'pause-swallows',
    about: 'a pause is silent, but playback goes on behind it',
    file: 'runtime/media/playout.ts',
    find: 'if (!this.#paused && this.#queued > 0) at = this.#play(out)',
    replace: 'if (this.#queued > 0) at = this.#play(out)\n    if (this.#paused) out.fill(this.#silence)',
    caughtBy: tests('runtime/media/playout.test.ts'),
    expect: /resumes at the very sample/,
  },
  {
    name: 'interrupted-plays-on',
    about: 'audio of a cancelled response that was on its way is played',
    file: 'runtime/worker/session-slot.ts',
    find: 'if (!this.#discarded.has(response)) this.#listener?.audio(',
    replace: 'this.#listener?.audio(',
    caughtBy: timedTests('runtime/worker/call-runner.test.ts'),
    expect: /late audio of the response never plays/,
  },
  {
    name: 'echo-interrupts',
    about: 'the agent is interrupted by its own echo',
    file: 'runtime/call/barge-in.ts',
    find: 'const ECHO_AT_LEAST = 0.6',
    replace: 'const ECHO_AT_LEAST = 2',
    caughtBy: MACHINE,
    expect: /does not pause for its own echo/,
  },
  {
    name: 'double-talk-missed',
    about: 'whoever speaks into an echo is taken for the echo',
    file: 'runtime/media/echo-detector.ts',
    find: 'echo: total > 0 ? 1 - left / total : 0',
    replace: 'echo: total > 0 ? 1 - (0 * left) / total : 0',
    caughtBy: tests('runtime/media/echo-detector.test.ts', 'does not hide the caller'),
    expect: /does not hide the caller/,
  },
  {
    name: 'two-responses',
    about: 'a response is asked for while another one is open',
    file: 'runtime/call/responses.ts',
    find: 'if (wish === null || call.response !== null || !sessionReady(call)) return',
    replace: 'if (wish === null || !sessionReady(call)) return',
    caughtBy: tests(['runtime/call/responses.test.ts', 'runtime/call/simulation.test.ts']),
    expect: /one response at a time|holds its invariants/,
  },
  {
    name: 'dead-air-unnoticed',
    about: 'a provider that owes words and sends none is waited for as long as it likes',
    file: 'runtime/call/dead-air.ts',
    find: "setTimer(call, 'deadAir', call.owed.since + call.policy.deadAir.afterMs)",
    replace: '',
    caughtBy: tests('runtime/call/responses.test.ts'),
    expect: /dead air/,
  },
]
