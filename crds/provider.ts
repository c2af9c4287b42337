/** The provider that an agent speaks with, whichever it is: the one place that knows how each provider's member is read. */
import type { Model } from './behaviour.ts'
import { MEMBERS } from './model.ts'

export interface Provider {
  readonly name: Model['provider']
  /** The vendor's name of the model. */
  readonly model: string
  /** Where sessions connect to, for policies of the network. */
  readonly url: string
  /** Another endpoint than the provider's own. */
  readonly baseURL?: string
  /** The provider's member, by the vendor's own names. */
  readonly vendor: Readonly<Record<string, unknown>>
}

/** Where each provider is when no other endpoint is named. */
export const PROVIDER_URLS: Readonly<Record<Model['provider'], string>> = {
  OpenAI: 'https://api.openai.com/v1',
  Gemini: 'https://generativelanguage.googleapis.com',
}

/** @param of whose rules hold: the member of its provider is there */
export function providerOf(of: Pick<Model, 'provider' | 'openAI' | 'gemini'>): Provider {
  const vendor = of[MEMBERS[of.provider]]
  if (vendor === undefined) throw new TypeError(`a model of ${of.provider} without its member`)
  const { model, baseURL } = vendor
  const url = baseURL ?? PROVIDER_URLS[of.provider]
  return { name: of.provider, model, url, ...(baseURL !== undefined && { baseURL }), vendor }
}
