/** What an agent may speak with: its model, then the fallbacks in their order. One place that knows how each provider's member is read. */
import type { Behaviour, Model } from './behaviour.ts'
import type { Path } from './problem.ts'
import { type Member, PROVIDERS } from './providers.ts'

type Fallback = NonNullable<Model['fallbacks']>[number]

/** One of them, whoever its provider is. */
export interface Candidate {
  /** `main` for the model itself. */
  readonly name: string
  readonly provider: Model['provider']
  /** The vendor's name of the model. */
  readonly model: string
  /** Where sessions connect to, for policies of the network. */
  readonly url: string
  /** Another endpoint than the provider's own. */
  readonly baseURL?: string
  /** The provider's member, by the vendor's own names. */
  readonly vendor: Readonly<Record<string, unknown>>
  readonly credentialsRef?: { readonly name: string; readonly key: string }
}

/** The name of the model itself among its fallbacks. */
export const MAIN = 'main'

/** The first is the model. @param model whose rules hold: the member of each provider is there */
export function candidatesOf(model: Model): [Candidate, ...Candidate[]] {
  const others = (model.fallbacks ?? []).map(fallback =>
    candidateOf(fallback.name, fallback, fallback.provider === model.provider ? model.credentialsRef : undefined),
  )
  return [candidateOf(MAIN, model, undefined), ...others]
}

function candidateOf(
  name: string,
  member: Pick<Fallback, 'provider' | Member | 'credentialsRef'>,
  shared: Model['credentialsRef'],
): Candidate {
  const vendor = member[PROVIDERS[member.provider].member]
  if (vendor === undefined) throw new TypeError(`a model of ${member.provider} without its member`)
  const ref = member.credentialsRef ?? shared
  return {
    name,
    provider: member.provider,
    model: vendor.model,
    url: vendor.baseURL ?? PROVIDERS[member.provider].url,
    ...(vendor.baseURL !== undefined && { baseURL: vendor.baseURL }),
    vendor,
    ...(ref && { credentialsRef: { name: ref.name, key: ref.key } }),
  }
}

/** Credentials that an agent names for providers, and where below its spec. */
export function credentialRefs({ model, speech }: Pick<Behaviour, 'model' | 'speech'>): {
  path: Path
  ref: { name: string; key: string }
}[] {
  const members: [Path, Pick<Fallback, 'credentialsRef'>][] = [
    [['model'], model],
    ...(model.fallbacks ?? []).map((fallback, i): [Path, Fallback] => [['model', 'fallbacks', i], fallback]),
    [['speech'], speech ?? {}],
  ]
  return members.flatMap(([path, { credentialsRef: ref }]) => (ref ? [{ path, ref }] : []))
}

/**
 * Where a provider's own endpoint is spoken with and no credential is named, below the spec. A fallback that has what its model has is not named
 * again.
 */
export function keyless(model: Model): { readonly path: Path; readonly provider: Model['provider'] }[] {
  const [main, ...others] = candidatesOf(model)
  const lacks = (one: Candidate): boolean => one.credentialsRef === undefined && isVendors(one)
  const found = lacks(main) ? [{ path: ['model'] as Path, provider: main.provider }] : []
  const more = others.flatMap((one, i) =>
    lacks(one) && !(lacks(main) && one.provider === main.provider)
      ? [{ path: ['model', 'fallbacks', i] as Path, provider: one.provider }]
      : [],
  )
  return [...found, ...more]
}

/** Whether its endpoint is the vendor's own, in any region: `eu.api.openai.com` is. */
function isVendors({ provider, url }: Candidate): boolean {
  const own = new URL(PROVIDERS[provider].url).hostname
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return host === own || host.endsWith(`.${own}`)
}
