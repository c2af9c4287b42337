/** What calls leave behind, and what stands in the way of others. */
import type { Break } from '../break.ts'
import { lint, suite, tests, timedTests } from '../check.ts'

const worker = (named: string) => timedTests('runtime/worker/worker.test.ts', named)
const GUARDS = timedTests('runtime/worker/worker-guards.test.ts')
/** Mostly waits until ports have rested and SIP has forgotten. */
const SOAK = suite('soak', '--minutes 0.3 --calls 8')

export const leaks: readonly Break[] = [
  {
    name: 'port-left-open',
    about: 'the RTP port of a call is not closed',
    file: 'runtime/legs/sip/media-sockets.ts',
    find: '    this.#closed = true\n    this.onRtp = () => undefined\n    this.onRtcp = () => undefined\n    this.#rtp.close()\n',
    replace: '    this.#closed = true\n    this.onRtp = () => undefined\n    this.onRtcp = () => undefined\n',
    caughtBy: SOAK,
    expect: /^ports before → after/,
  },
  {
    name: 'port-not-rested',
    about: 'late packets of one call reach the next one on its port',
    file: 'runtime/legs/sip/port-range.ts',
    find: 'restedAt: now + REST_MS',
    replace: 'restedAt: now + REST_MS * 0',
    caughtBy: tests('runtime/legs/sip/port-range.test.ts'),
    expect: /rests before it is taken again/,
  },
  {
    name: 'slot-leak',
    about: 'the slot of a call is not given back',
    file: 'runtime/worker/calls.ts',
    find: '    call.slot.free()\n',
    replace: '',
    caughtBy: worker('the next one after a hang-up is taken'),
    expect: /the next one after a hang-up is taken/,
  },
  {
    name: 'slot-leak-at-begin',
    about: 'the slot of a call that cannot be begun is not given back',
    file: 'runtime/worker/calls.ts',
    find: "      slot.free()\n      this.#o.log.error({ err: error }, 'a call could not be begun')\n",
    replace: "      this.#o.log.error({ err: error }, 'a call could not be begun')\n",
    caughtBy: GUARDS,
    expect: /cannot be begun gets 500, and holds nothing/,
  },
  {
    name: 'session-leak',
    about: 'the session of a call that is over stays open, and costs',
    file: 'runtime/worker/session-slot.ts',
    find: '    this.session.close()\n',
    replace: '',
    caughtBy: worker('a whole call'),
    expect: /a whole call/,
  },
  {
    name: 'timer-leak',
    about: 'a call that is over keeps a timer',
    file: 'runtime/worker/call-runner.ts',
    find: 'if (this.#lastChance) clearTimeout(this.#lastChance)',
    replace: 'setTimeout(() => undefined, 300_000)',
    caughtBy: GUARDS,
    expect: /calls leave no port, no timer/,
  },
  {
    name: 'pacer-leak',
    about: 'a call that is over is ticked for ever',
    file: 'runtime/worker/calls.ts',
    find: '    call.leavePacer()\n',
    replace: '',
    caughtBy: GUARDS,
    expect: /calls leave no port, no timer/,
  },
  {
    name: 'one-stops-all',
    about: 'an error in the tick of one call stops the audio of all',
    file: 'runtime/worker/pacer.ts',
    find: '          this.#remove(phase, member)\n          this.#guarded(() => member.fail(error))\n',
    replace: '          this.#members = 0\n          throw error\n',
    caughtBy: tests('runtime/worker/pacer.test.ts'),
    expect: /fails alone/,
  },
  {
    name: 'loop-blocked',
    about: 'the media loop is held up for 30 ms with every frame',
    file: 'runtime/legs/sip/leg-media.ts',
    find: '    inbound.tick(now)\n',
    replace: '    for (const until = performance.now() + 30; performance.now() < until; );\n    inbound.tick(now)\n',
    caughtBy: worker('one packet each 20 ms from the ACK on'),
    expect: /one packet each 20 ms from the ACK on/,
  },
  {
    name: 'revision-on-media-loop',
    about: 'a revision is parsed where the audio of calls goes through, which stops for as long',
    file: 'runtime/worker/http.ts',
    find: '(_request, body, done) => done(null, body)',
    replace: '(_request, body, done) => (JSON.parse(String(body)), done(null, body))',
    caughtBy: worker('a revision comes over HTTP'),
    expect: /a revision comes over HTTP/,
  },
  {
    name: 'sync-write',
    about: 'each frame is written to disk before the next one may leave',
    file: 'runtime/legs/sip/leg-media.ts',
    find: "import type { Law, Ms } from '#runtime/media/format.ts'\n",
    replace:
      "import { appendFileSync } from 'node:fs'\nimport type { Law, Ms } from '#runtime/media/format.ts'\nappendFileSync('/dev/null', '')\n",
    caughtBy: lint,
    expect: /leg-media\.ts.*node:fs/,
  },
]
