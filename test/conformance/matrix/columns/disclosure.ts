/** What every caller must hear, whole, though the caller speaks into it; nothing of the agent comes before. */
import { untilSilent, untilSpeaks } from '#test/phones/line.ts'
import type { Column } from '../column.ts'
import { wasWhole } from '../general.ts'

/** The caller speaks into it, and is done before its end. */
const INTO_MS = 700
const BEFORE_MS = 400

const textFor = (caller: string, provider: string): string =>
  `You are speaking with an automated assistant. This call over ${caller} with ${provider} is recorded.`

export const disclosure: Column = {
  name: 'disclosure',
  agent: ({ caller, provider, speechURL }) => ({
    disclosures: [{ name: 'recording', text: textFor(caller, provider) }],
    speech: { baseURL: speechURL, credentialsRef: { kind: 'Secret', name: 'speech', key: 'apiKey' } },
  }),
  script: { turns: [{ on: 'caller', heard: 'Yes, please.', say: 'All right, that is done.' }] },
  talk: async line => {
    await untilSpeaks(line, INTO_MS)
    line.say('yes')
    await untilSilent(line, BEFORE_MS + 1000, 25_000)
    line.hangUp()
  },
  judge: ({ caller, provider, rendered, items, call }) => {
    const own = rendered.find(({ text }) => text === textFor(caller, provider))
    if (own === undefined) return { faults: ['nothing rendered its text'], says: '' }
    const faults: string[] = []
    if (!wasWhole(own) || own.missing > 0)
      faults.push(
        `${own.heardMs.toFixed(0)} of ${own.audioMs} ms of the disclosure were heard, ${own.missing} frames are missing`,
      )
    const [spoke] = call.said
    if (own.lastAt === null || spoke === undefined || spoke.from > own.lastAt) faults.push('nobody spoke into it')
    const early = items.find(({ firstAt }) => firstAt !== null && firstAt < (own.lastAt ?? 0))
    if (early !== undefined) faults.push(`item ${early.mark} of the agent came before its end`)
    if (items[0] === undefined || !wasWhole(items[0])) faults.push('the greeting behind it was not heard whole')
    return { faults, says: `${Math.round(own.heardMs)} ms whole, spoken into` }
  },
}
