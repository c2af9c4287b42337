/** Columns in which nobody is in anybody's way: a greeting, a turn, a tool. */

import { untilSilent } from '#test/phones/line.ts'
import { sleep } from '#test/phones/process.ts'
import type { Column, Evidence } from '../column.ts'
import { wasWhole } from '../general.ts'
import type { Heard } from '../heard.ts'

/** Its own sound is not part of what is waited for. */
const BEFORE_MS = 300

const wholeOf = (item: Heard | undefined, what: string): string[] =>
  item === undefined
    ? [`${what} was never made`]
    : wasWhole(item) && item.heardMs > 0
      ? []
      : [`${what}: ${item.heardMs.toFixed(0)} of ${item.audioMs} ms were heard`]

/** From the caller's last sound to the agent's first. */
function gapOf({ call }: Evidence, item: Heard | undefined): number {
  return (item?.firstAt ?? Number.NaN) - (call.said.at(-1)?.to ?? Number.NaN)
}

const inMs = (ms: number): string => `${Math.round(ms)} ms`

export const greeting: Column = {
  name: 'greeting',
  agent: () => ({ greeting: { text: 'Acme Dental, how can I help?' } }),
  script: { turns: [] },
  talk: async line => {
    await untilSilent(line)
    line.hangUp()
  },
  judge: ({ items, call }) => {
    const [first] = items
    const faults = wholeOf(first, 'the greeting')
    if (items.length > 1) faults.push(`${items.length} items were made for one greeting`)
    return { faults, says: `whole, ${inMs((first?.firstAt ?? Number.NaN) - call.answeredAt)} after the answer` }
  },
}

export const turn: Column = {
  name: 'turn',
  script: { turns: [{ on: 'caller', heard: 'Yes, please.', say: 'All right, that is done.' }] },
  talk: async line => {
    await untilSilent(line)
    line.say('yes')
    await untilSilent(line, BEFORE_MS + 400)
    line.hangUp()
  },
  judge: evidence => {
    const { items, seen } = evidence
    const answer = items[1]
    const faults = [...wholeOf(items[0], 'the greeting'), ...wholeOf(answer, 'the answer')]
    if (items.length > 2) faults.push(`${items.length - 1} answers to one turn`)
    if (seen.speech.length !== 1) faults.push(`the provider heard ${seen.speech.length} turns of the caller`)
    return { faults, says: `whole, ${inMs(gapOf(evidence, answer))} after the caller` }
  },
}

export const tool: Column = {
  name: 'tool',
  agent: ({ toolURL }) => ({
    tools: [
      {
        name: 'find_appointment',
        description: 'Finds free appointments on a day.',
        parameters: { type: 'object', properties: { day: { type: 'string' } } },
        effect: 'Read',
        http: { url: toolURL, timeout: '5s' },
      },
    ],
  }),
  script: {
    turns: [
      { on: 'caller', call: 'find_appointment', arguments: { day: 'Tuesday' } },
      { on: 'tool', match: '15:00', say: 'Tuesday at three it is.', ms: 1500 },
    ],
  },
  talk: async line => {
    await untilSilent(line)
    line.say('yes')
    await untilSilent(line)
    line.hangUp()
  },
  judge: evidence => {
    const { items, seen, toolRequests } = evidence
    const faults = wholeOf(items[1], 'the answer')
    if (items.length > 2) faults.push(`${items.length - 1} answers`)
    if (toolRequests.length !== 1) faults.push(`the tool was asked ${toolRequests.length} times`)
    if (toolRequests[0]?.includes('Tuesday') !== true) faults.push(`the tool was asked for ${toolRequests[0]}`)
    const told = seen.toolAnswers.filter(({ text }) => text.includes('15:00'))
    if (told.length !== 1) faults.push(`the model was given the tool's answer ${told.length} times`)
    return { faults, says: `answer spoken, ${inMs(gapOf(evidence, items[1]))} after the caller` }
  },
}

export const dtmf: Column = {
  name: 'DTMF',
  agent: () => ({ dtmf: { gap: '800ms' } }),
  script: { turns: [{ on: 'text', match: '4711', say: 'Thank you, I have your digits.', ms: 1200 }] },
  talk: async line => {
    await untilSilent(line)
    line.press('4711#')
    await sleep(BEFORE_MS)
    await untilSilent(line)
    line.hangUp()
  },
  judge: ({ items, seen }) => {
    const faults = wholeOf(items[1], 'the answer to the keys')
    const told = seen.texts.filter(({ text }) => /\d/.test(text))
    const exact = told.filter(({ text }) => /(?<!\d)4711(?!\d)/.test(text))
    if (told.length !== 1 || exact.length !== 1)
      faults.push(`the model was told of keys as ${told.map(({ text }) => `“${text}”`).join(', ') || 'nothing'}`)
    return { faults, says: 'told once, as pressed' }
  },
}
