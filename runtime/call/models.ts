/** Which model a session is had of: the agent's own, or a fallback when that one is not to be had. */
import { providerResting } from './errors.ts'
import type { ModelPolicy } from './policy.ts'
import { figure, moment, record } from './record.ts'
import type { CallState, Step } from './state.ts'

const NAMELESS: readonly ModelPolicy[] = [{ name: 'main', provider: '', model: '' }]

export function modelsOf(call: CallState): readonly ModelPolicy[] {
  return call.policy.models ?? NAMELESS
}

/** For records: the name of a model, where there are several. */
export function named(call: CallState, model: number): { readonly model?: string } {
  const models = modelsOf(call)
  const name = models[model]?.name
  return models.length < 2 || name === undefined ? {} : { model: name }
}

/** For traces: whose session it is. */
export function attributesOf(call: CallState, model: number): Readonly<Record<string, string>> {
  const { name = '', provider = '', model: vendors = '' } = modelsOf(call)[model] ?? {}
  if (call.policy.models === undefined) return {}
  return { provider: provider.toLowerCase(), model: vendors, ...(modelsOf(call).length > 1 && { candidate: name }) }
}

/** The next one to try; null: none is left that did not fail. */
function nextModel(call: CallState): number | null {
  const { tried, refused, resting } = call.models
  const left = modelsOf(call).findIndex((_, i) => !tried.includes(i) && !refused.includes(i) && !resting.includes(i))
  return left < 0 ? null : left
}

/** Whether there is something else to try than what is tried now. */
export function hasOther(call: CallState): boolean {
  const { at, tried, refused } = call.models
  return modelsOf(call).some((_, i) => i !== at && !tried.includes(i) && !refused.includes(i))
}

/**
 * The session of a model failed, or was not to be had. True: another try is chosen, to be made at once. False: all were tried; what comes
 * next is a new round, or the end. Each is tried once in a round: those whose breaker is open last, and then whatever it says.
 * @param retry whether the same model may be asked again in a new round
 */
export function turnToOther(s: Step, model: number, code: string, retry: boolean): boolean {
  const { models } = s.call
  const list = code === providerResting.code ? models.resting : retry ? models.tried : models.refused
  if (!list.includes(model)) list.push(model)
  let next = nextModel(s.call)
  if (next === null && models.resting.length > 0) {
    models.resting = []
    models.anyway = true
    next = nextModel(s.call)
  }
  if (next === null) return false
  useModel(s, next, code)
  return true
}

/** All that did not refuse us may be tried again, from the first. False: there is none. */
export function newRound(s: Step, code: string): boolean {
  settled(s.call)
  const next = nextModel(s.call)
  if (next !== null) useModel(s, next, code)
  return next !== null
}

/** A session is ready: what failed before it may be tried again when this one goes. */
export function settled(call: CallState): void {
  call.models.tried = []
  call.models.resting = []
  call.models.anyway = false
}

function useModel(s: Step, model: number, code: string): void {
  const { call } = s
  const from = call.models.at
  if (from === model) return
  call.models.at = model
  const [was, is] = [modelsOf(call)[from]?.name ?? '', modelsOf(call)[model]?.name ?? '']
  record(s, { kind: 'session', what: 'fallback', code, model: is })
  moment(s, 'fallback', { fallbackFrom: was, fallbackTo: is, fallbackWhy: code })
  figure(s, 'fallback', 1)
}
