/** A greeting, a tool, an interruption, keys and a goodbye: all of what was said is heard, and nobody waits for the agent's silence. */
import type { Report } from '#test/harness/report.ts'
import { KEY, type Made } from './call.ts'
import type { Scenario } from './scenario.ts'

/** Of sound that was sent whole: the last frame may be cut by the end of the item. */
export const FRAME_MS = 20
/** A pause that a busy machine makes is no end. */
const LISTEN = { listen: { silent: 1200, within: 20_000 } }

export const conversation = (responses: 'Provider' | 'Switchboard'): Scenario => ({
  name: `call, turns by ${responses}`,
  wanted: {
    model: { responses },
    steps: [
      LISTEN,
      { say: 'ask' },
      { interrupt: { after: 1500, say: 'three', within: 15_000 } },
      LISTEN,
      { keys: '1234' },
      LISTEN,
      { say: 'no-thanks' },
      { expect: { ended: 'remote', within: 15_000 } },
    ],
  },
  judge(made, report) {
    const name = (what: string): string => `call, turns by ${responses}: ${what}`
    report.check(name('goes its way'), made.ok, made.failed.join('; '))
    const whole = made.heard.filter(h => h.sentMs >= h.wholeMs - 1 && !h.text.startsWith('I have Tuesday'))
    const lost = whole.filter(h => h.missing > 0 || h.wholeMs - h.heardMs > FRAME_MS)
    report.check(
      name('all that was said was heard, to the frame'),
      whole.length === 4 && lost.length === 0,
      `${whole.length} items${lost.map(h => `; “${h.text}” ${Math.round(h.heardMs)} of ${Math.round(h.wholeMs)} ms, ${h.missing} missing`).join('')}`,
    )
    const offer = made.heard.find(h => h.text.startsWith('I have Tuesday'))
    report.check(
      name('what was cut was heard without a hole'),
      offer !== undefined && offer.missing === 0 && offer.heardMs > 1000 && offer.heardMs < offer.wholeMs,
      `${Math.round(offer?.heardMs ?? 0)} of ${Math.round(offer?.wholeMs ?? 0)} ms`,
    )
    bargeIn(report, name, made, offer?.endAt ?? Number.NaN)
    const leaks = [made.output, JSON.stringify(made.log)].filter(text => text.includes(KEY)).length
    report.check(name('the key is in no log'), leaks === 0)
  },
})

function bargeIn(report: Report, name: (what: string) => string, { caller, log }: Made, silentAt: number): void {
  const over = caller.events.find(e => e.type === 'say' && e.over)
  const told = log.find(
    e =>
      e.t > (over?.t ?? Infinity) &&
      (e.type === 'activity.started' || (e.dir === 'in' && JSON.stringify(e.event ?? {}).includes('activityStart'))),
  )
  const own = silentAt - (over?.t ?? Number.NaN)
  report.row({
    name: name('barge-in, caller’s sound to silence'),
    value: own,
    unit: 'ms',
    aim: '<= 400',
    ok: own > 0 && own <= 400,
  })
  const after = silentAt - (told?.t ?? Number.NaN)
  report.row({
    name: name('barge-in, turn known to the provider to silence'),
    value: after,
    unit: 'ms',
    aim: '<= 150',
    ok: after <= 150,
  })
}
