/** Simulators in place of the providers that the agents name, one each. Loaded only when asked for: a worker carries none. */
import { candidatesOf } from '#crds/models.ts'
import type { Provider } from '#crds/providers.ts'
import { rendererOf } from '#crds/speech.ts'
import type { Served } from './run-manifests.ts'

interface Simulator {
  readonly baseURL: string
  close(): Promise<void>
}

export interface Simulators {
  of(provider: Provider): string | undefined
  /** Where they are, for people. */
  readonly where: string
  close(): Promise<void>
}

const START: Readonly<Record<Provider, (script: { script?: string }) => Promise<Simulator>>> = {
  OpenAI: async options => (await import('#simulators/realtime/start.ts')).startRealtimeSimulator(options),
  Gemini: async options => (await import('#simulators/gemini/start.ts')).startGeminiSimulator(options),
}

/** @param script path of a script for all of them; true: what they say without one */
export async function startSimulators(served: readonly Served[], script: string | true): Promise<Simulators> {
  const started = new Map<Provider, Simulator>()
  for (const { revision } of served) {
    const { model, speech } = revision.behaviour
    const renderer = rendererOf(model, speech)
    // whatever endpoint renders its texts, nothing goes out while providers are simulated
    for (const { provider } of [...candidatesOf(model), ...(renderer ? [renderer.candidate] : [])])
      if (!started.has(provider)) started.set(provider, await START[provider](script === true ? {} : { script }))
  }
  return {
    of: provider => started.get(provider)?.baseURL,
    where: [...started.values()].map(s => s.baseURL).join(' and '),
    close: async () => {
      for (const simulator of started.values()) await simulator.close()
    },
  }
}
