/** Connections that end before the call does: in a silence, with time enough, and at short notice in the middle of a sentence. */
import type { Caller } from '#simulators/caller/caller.ts'
import type { StepInput } from '#simulators/caller/script.ts'
import { comes } from '#test/e2e/comes.ts'
import { eventsOf, inject, sessionsOf } from '#test/product/simulator-view.ts'
import { FRAME_MS } from './conversation.ts'
import type { Scenario } from './scenario.ts'
import { SHORT_NOTICE } from './script.ts'

const PATIENCE_MS = 40_000
/** A pause that a busy machine makes is no end. */
const SILENT_MS = 1500
const UNTIL_THE_END: StepInput = { wait: { ended: true, within: 120_000 } }
const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

/** A connection that tells its end early, in the middle of a long offer: there is time until the next silence. */
export const lifetime: Scenario = {
  name: 'call over goAway',
  wanted: {
    limits: ['--connection-seconds', '36', '--go-away-seconds', '16'],
    steps: [UNTIL_THE_END],
    async meanwhile(caller, baseURL) {
      await listened(caller, 0)
      caller.say('ask')
      await listened(caller, 1)
      await replaced(baseURL)
      caller.say('three')
      await listened(caller, 2)
      caller.hangUp()
    },
  },
  judge(made, report) {
    const name = (what: string): string => `call over goAway: ${what}`
    report.check(name('goes its way'), made.ok, made.failed.join('; '))
    const { sessions } = made
    report.check(
      name('another connection took over by its handle'),
      sessions.length >= 2 && sessions.slice(1).every(s => s.resumed),
      `${sessions.length} connections, resumed ${sessions.filter(s => s.resumed).length}`,
    )
    const last = made.heard.find(h => h.text.startsWith('Tuesday at three'))
    report.check(
      name('and the conversation went on'),
      last !== undefined && last.missing === 0 && last.wholeMs - last.heardMs <= FRAME_MS,
      last === undefined ? 'nothing was said' : `“${last.text.trim()}”`,
    )
    const holes = made.heard.filter(h => h.missing > 0).length
    report.row({ name: name('items with a hole'), value: holes, aim: '0', ok: holes === 0 })
  },
}

/** It goes with hardly any notice, in the middle of a sentence: no handle of before holds that. */
export const shortNotice: Scenario = {
  name: 'call, gone at short notice',
  wanted: {
    scene: SHORT_NOTICE,
    steps: [UNTIL_THE_END],
    async meanwhile(caller, baseURL) {
      await listened(caller, 0)
      caller.say('ask')
      const begun = async () => (await eventsOf(baseURL)).some(e => e.event?.['turn'] === 'sentence')
      await comes(begun, PATIENCE_MS, 'the sentence')
      await inject(baseURL, { kind: 'goAway', timeLeftMs: 14_000 })
      await replaced(baseURL)
      await listened(caller, 1)
      caller.say('three')
      await listened(caller, 2)
      caller.hangUp()
    },
  },
  judge(made, report) {
    const name = (what: string): string => `call, gone at short notice: ${what}`
    report.check(name('goes its way'), made.ok, made.failed.join('; '))
    const last = made.sessions.at(-1)
    const held = last?.items.filter(i => i.text.startsWith('We are open')) ?? []
    report.check(
      name('the next one goes on by a handle that holds the sentence'),
      last?.resumed === true && held.length === 1,
      `${held.length} times in the last of ${made.sessions.length} connections`,
    )
    const said = made.heard.filter(h => h.heardMs > 0).map(h => h.text.trim())
    report.check(
      name('and answers what was asked after it'),
      said.at(-1)?.startsWith('Tuesday at three') === true,
      `“${said.at(-1) ?? ''}”`,
    )
  },
}

/** After so many words of the caller's the agent has spoken, and is silent. */
async function listened({ events }: Caller, said: number): Promise<void> {
  const silent = async (): Promise<boolean> => {
    const own = events.filter(e => e.type === 'said')
    const since = own.at(-1)?.t ?? 0
    const heard = events.filter(e => (e.type === 'heard-start' || e.type === 'heard-stop') && e.t > since)
    const last = heard.at(-1)
    return own.length >= said && last?.type === 'heard-stop' && monotonic() - last.t > SILENT_MS
  }
  await comes(silent, PATIENCE_MS, 'the agent’s words')
}

/** Another connection has taken over from the first. */
async function replaced(baseURL: string): Promise<void> {
  const over = async (): Promise<boolean> => {
    const [first, ...others] = await sessionsOf(baseURL)
    return first?.open === false && others.some(s => s.open)
  }
  await comes(over, PATIENCE_MS, 'another connection')
}
