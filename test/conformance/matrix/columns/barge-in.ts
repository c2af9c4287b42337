/** The caller speaks while the agent does, three times; then keys are pressed, by which a model without truncation learns what was heard. */

import { untilSilent, untilSpeaks } from '#test/phones/line.ts'
import { sleep } from '#test/phones/process.ts'
import type { CallerName, Column, Evidence, Verdict } from '../column.ts'
import { toldOf, wasWhole } from '../general.ts'
import type { Heard } from '../heard.ts'
import type { ProviderName } from '../seen.ts'
import { longWords } from '../words.ts'

const OFFER_MS = 6000
/** All of an offer is sent by then: what comes of it later is the worker's doing. */
const INTO_MS = [1900, 2300, 1700] as const
/** The silence that ends a turn, the model's latency, and slack. */
const ANSWERED_MS = 400

/** By then the agent must be silent: over RTP a packet or two; over a media stream 100 ms more are under way. */
const SILENT_MS: Readonly<Record<CallerName, Readonly<Record<ProviderName, number>>>> = {
  Sip: { OpenAI: 60, Gemini: 150 },
  MediaStream: { OpenAI: 250, Gemini: 250 },
}
/** Told so much less than was heard: a frame over RTP, a group of frames that was not confirmed over a media stream. */
const LESS_MS: Readonly<Record<CallerName, number>> = { Sip: 20, MediaStream: 60 }
/** In words: the one that was cut is not told, nor one that ends just then. */
const WORDS_MS: Readonly<Record<ProviderName, number>> = { OpenAI: 0, Gemini: 40 }
/** Speech that cut an item began before it fell silent, and not long before. */
const CUTS_WITHIN_MS = 2500

export const bargeIn: Column = {
  name: 'barge-in',
  agent: () => ({ dtmf: { gap: '600ms' } }),
  script: {
    turns: [
      ...['a', 'b', 'c'].map(letter => ({ on: 'caller' as const, items: [longWords(letter, OFFER_MS)] })),
      { on: 'caller', say: 'I see. Please tell me more.', ms: 900 },
      { on: 'text', say: 'Thank you, I have your digits.', ms: 700 },
    ],
  },
  talk: async line => {
    await untilSilent(line)
    line.say('yes')
    for (const into of INTO_MS) {
      await untilSpeaks(line, into)
      line.say('yes')
      // what is heard next is the answer
      await untilSilent(line, ANSWERED_MS)
    }
    await untilSilent(line)
    line.press('7#')
    await sleep(300)
    await untilSilent(line)
    line.hangUp()
  },
  judge: evidence => {
    const offers = evidence.items.slice(1, 1 + INTO_MS.length)
    const faults: string[] = []
    const silenceMs: number[] = []
    const mouthMs: number[] = []
    const errorsMs: number[] = []
    for (const offer of offers) {
      const verdict = cutOf(evidence, offer)
      faults.push(...verdict.faults)
      silenceMs.push(...(verdict.silenceMs ?? []))
      mouthMs.push(...(verdict.mouthMs ?? []))
      errorsMs.push(...(verdict.errorsMs ?? []))
    }
    if (errorsMs.length < INTO_MS.length)
      faults.push(`${errorsMs.length} of ${INTO_MS.length} interruptions were judged`)
    const rest = evidence.items.slice(1 + INTO_MS.length)
    if (rest.length !== 2) faults.push(`${rest.length} items were made after the interruptions instead of 2`)
    if (rest.some(item => !wasWhole(item))) faults.push('what was said after the interruptions was not heard whole')
    return { faults, says: 'cut, answered, told', silenceMs, mouthMs, errorsMs }
  },
}

function cutOf(evidence: Evidence, item: Heard): Omit<Verdict, 'says'> {
  const { call, seen, caller, provider } = evidence
  const name = `item ${item.mark}`
  const { lastAt } = item
  if (lastAt === null || wasWhole(item)) return { faults: [`${name} was not cut`] }
  const words = call.said.findLast(({ from }) => from < lastAt)
  const speech = words && seen.speech.find(at => at > words.from - 50)
  if (words === undefined || speech === undefined || lastAt - words.from > CUTS_WITHIN_MS)
    return { faults: [`${name} fell silent, and nobody spoke`] }
  const silence = Math.max(0, lastAt - speech)
  const [silenceMs, mouthMs] = [[silence], [lastAt - words.from]]
  const most = SILENT_MS[caller][provider]
  const faults =
    silence > most ? [`${name} was heard for ${silence.toFixed(0)} ms after the caller was, at most ${most}`] : []
  const told = toldOf(evidence, item)
  if (told === undefined) return { faults: [...faults, `${name}: the model was told nothing`], silenceMs, mouthMs }
  const error = told.ms - item.heardMs
  const least = -(LESS_MS[caller] + WORDS_MS[provider])
  if (error < least) faults.push(`${name}: told ${(-error).toFixed(0)} ms less than was heard, at most ${-least}`)
  return { faults, silenceMs, mouthMs, errorsMs: [error] }
}
