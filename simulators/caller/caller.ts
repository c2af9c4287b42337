/**
 * The caller: a phone made of software, for one call.
 *
 * ```ts
 * const caller = await startCaller({ to: 'sip:+14155550100@127.0.0.1:5060', script: ['listen', { say: 'ask' }, 'listen'] })
 * caller.onEvent(event => console.log(eventLine(event)))
 * const { ok, ended } = await caller.done
 * await writeFile('call.wav', caller.wav())
 * ```
 */
import { Call } from './call.ts'
import type { Caller } from './caller-handle.ts'
import { MediaLine } from './media-line.ts'
import type { Speech } from './mouth.ts'
import { Placed } from './opening.ts'
import type { CallerOptions } from './options.ts'
import { routeTo } from './route.ts'
import { asCallerScript, readCallerScript, type Step } from './script.ts'
import { SipLine } from './sip-line.ts'
import { agentWords, speechOf } from './speech-source.ts'

export type { Caller, CallerResult } from './caller-handle.ts'

/** @throws SB_CALLER_BAD_URI, SB_CALLER_NO_HOST, SB_CALLER_NO_PORT, SB_CALLER_BAD_SCRIPT, SB_CALLER_BAD_AUDIO */
export async function startCaller(options: CallerOptions): Promise<Caller> {
  const { script = [{ wait: { ended: true, within: 1_800_000 } }] } = options
  const { steps } = typeof script === 'string' ? readCallerScript(script) : asCallerScript({ steps: script })
  const speeches = speechesOf(steps)
  const route = await routeTo(options.to, options.transport)
  let call: Call | null = null
  const media = await MediaLine.open({
    address: route.local,
    faults: { lossPercent: options.lossPercent ?? 0, jitterMs: options.jitterMs ?? 0 },
    seed: options.seed ?? 1,
    onPacket: (bytes, at) => call?.packet(bytes, at),
  })
  try {
    const laws = options.laws ?? ['PCMU', 'PCMA']
    const sip = await SipLine.open({
      address: route.local,
      laws,
      onEvent: event => call?.sip(event),
      onUnreachable: code => call?.unreachable(code),
    })
    call = new Call({ ...options, opening: new Placed(options, route), steps, speeches, sip, line: media })
    return call
  } catch (error) {
    media.close()
    throw error
  }
}

/** All that the script says, read before the call: a missing file is found before anybody's phone rings. */
export function speechesOf(steps: readonly Step[]): Map<string, Speech> {
  const speeches = new Map<string, Speech>()
  for (const step of steps) {
    if (typeof step !== 'object') continue
    const what = 'say' in step ? step.say : 'interrupt' in step ? step.interrupt.say : null
    if (what !== null) speeches.set(what, speechOf(what))
    if ('expect' in step && 'hears' in step.expect) agentWords(step.expect.hears)
  }
  return speeches
}
