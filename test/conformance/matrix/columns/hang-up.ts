/** Either side ends the call: what was to be heard was, and nothing is left. */

import { untilOver, untilSilent, untilSpeaks } from '#test/phones/line.ts'
import { sleep } from '#test/phones/process.ts'
import type { Column, Evidence } from '../column.ts'
import { wasWhole } from '../general.ts'
import { longWords } from '../words.ts'

/** The provider's session is closed so soon after the call's end. */
const CLOSED_MS = 1500
/** From the agent's last word to the end. */
const GOODBYE_MS = 2000

/** How long the session outlived the call; null: it is open. */
function outlivedMs({ seen, call }: Evidence): number | null {
  const last = seen.sessions.at(-1)
  return last === undefined || last.open || last.closedAt === null || call.ended === null
    ? null
    : last.closedAt - call.ended.at
}

function endFaults(evidence: Evidence, by: 'caller' | 'agent'): string[] {
  const { call } = evidence
  const outlived = outlivedMs(evidence)
  const faults = call.ended?.by === by ? [] : [`the call was ended by ${call.ended?.by ?? 'nobody'}, not by the ${by}`]
  if (outlived === null || outlived > CLOSED_MS)
    faults.push(
      outlived === null ? 'the session is still open' : `the session was open for ${outlived.toFixed(0)} ms more`,
    )
  return faults
}

export const callerHangsUp: Column = {
  name: 'caller-hangs-up',
  script: { turns: [{ on: 'caller', items: [longWords('h', 6000)] }] },
  talk: async line => {
    await untilSilent(line)
    line.say('yes')
    await untilSpeaks(line, 1500)
    line.hangUp()
    await sleep(CLOSED_MS)
  },
  judge: evidence => {
    const faults = endFaults(evidence, 'caller')
    const answer = evidence.items[1]
    if (answer === undefined || answer.heardMs < 1000) faults.push('nothing was being said')
    return { faults, says: `session closed ${Math.round(outlivedMs(evidence) ?? Number.NaN)} ms later` }
  },
}

export const agentHangsUp: Column = {
  name: 'agent-hangs-up',
  agent: () => ({ callControl: { endCall: {} } }),
  script: {
    turns: [{ on: 'caller', items: [{ say: 'Goodbye, and see you on Tuesday.', ms: 1400 }, { call: 'end_call' }] }],
  },
  talk: async line => {
    await untilSilent(line)
    line.say('no')
    await untilOver(line)
    await sleep(CLOSED_MS)
  },
  judge: evidence => {
    const faults = endFaults(evidence, 'agent')
    const goodbye = evidence.items[1]
    if (goodbye === undefined || !wasWhole(goodbye))
      faults.push(`${goodbye?.heardMs.toFixed(0) ?? 0} of ${goodbye?.audioMs ?? 0} ms of the goodbye were heard`)
    const after = (evidence.call.ended?.at ?? Number.NaN) - (goodbye?.lastAt ?? Number.NaN)
    if (!(after <= GOODBYE_MS)) faults.push(`the call ended ${after.toFixed(0)} ms after the last word`)
    return { faults, says: `goodbye whole, over ${Math.round(after)} ms after it` }
  },
}
