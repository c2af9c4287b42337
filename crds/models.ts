/** What an agent may speak with: its model, then the fallbacks in their order. */
import type { Model } from './behaviour.ts'
import type { Path } from './problem.ts'
import { type Provider, providerOf } from './provider.ts'

type Fallback = NonNullable<Model['fallbacks']>[number]

/** One of them, whoever its provider is. */
export interface Candidate extends Omit<Provider, 'name'> {
  /** `main` for the model itself. */
  readonly name: string
  readonly provider: Model['provider']
  readonly credentialsRef?: { readonly name: string; readonly key: string }
}

/** The name of the model itself among its fallbacks. */
export const MAIN = 'main'

/** The first is the model. */
export function candidatesOf(model: Model): [Candidate, ...Candidate[]] {
  const others = (model.fallbacks ?? []).map(fallback =>
    candidateOf(fallback.name, fallback, fallback.provider === model.provider ? model.credentialsRef : undefined),
  )
  return [candidateOf(MAIN, model, undefined), ...others]
}

function candidateOf(
  name: string,
  member: Pick<Fallback, 'provider' | 'openAI' | 'gemini' | 'credentialsRef'>,
  shared: Model['credentialsRef'],
): Candidate {
  const ref = member.credentialsRef ?? shared
  return {
    ...providerOf(member),
    name,
    provider: member.provider,
    ...(ref && { credentialsRef: { name: ref.name, key: ref.key } }),
  }
}

/** Credentials that a model names, and where below it. */
export function credentialRefs(model: Model): { path: Path; ref: { name: string; key: string } }[] {
  const members: [Path, Pick<Fallback, 'credentialsRef'>][] = [
    [[], model],
    ...(model.fallbacks ?? []).map((fallback, i): [Path, Fallback] => [['fallbacks', i], fallback]),
  ]
  return members.flatMap(([path, { credentialsRef: ref }]) => (ref ? [{ path, ref }] : []))
}
