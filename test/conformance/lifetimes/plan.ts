/** What is tried on sessions that end, and on whom: providers by how a test starts one and how an agent names it. */
import type { FaultInput } from '#simulators/realtime/faults.ts'
import type { ScriptInput } from '#simulators/realtime/script.ts'
import { type RealtimeSimulator, startRealtimeSimulator } from '#simulators/realtime/start.ts'

export const NAME = 'My name is Anna Bell.'

/**
 * The second answer is only given by a model that knows what was said before: turns whose words are in the conversation that a session is
 * opened with have been done; one that knows nothing begins with the first again.
 */
const SCRIPT: ScriptInput = {
  turns: [
    { on: 'caller', heard: NAME, say: 'One moment, let me look.' },
    { on: 'caller', heard: 'Did you get that?', say: 'All right, that is done.' },
  ],
}

export interface Provider {
  readonly name: string
  start(options: { sessionMs?: number; speed?: number; faults?: readonly FaultInput[] }): Promise<RealtimeSimulator>
  /** Of spec.model. */
  member(baseURL: string): Readonly<Record<string, unknown>>
}

/** One line more for each provider that can stand in for the others. */
export const PROVIDERS: readonly Provider[] = [
  {
    name: 'OpenAI',
    start: ({ speed, ...options }) =>
      startRealtimeSimulator({
        script: SCRIPT,
        ...options,
        ...(speed !== undefined && { pace: { speed, headStartMs: 300 } }),
      }),
    member: baseURL => ({
      provider: 'OpenAI',
      openAI: { model: 'gpt-realtime-2.1', baseURL, transcription: { model: 'gpt-4o-mini-transcribe' } },
    }),
  },
]

export interface Trial {
  readonly name: string
  /** Of the first provider; null: nothing listens where it should be. */
  readonly first: {
    readonly sessionMs?: number
    readonly speed?: number
    readonly faults?: readonly FaultInput[]
  } | null
  readonly fallback: boolean
  readonly what: 'answer' | 'silence' | 'word' | 'rollover'
  /** What happens in the middle of the call. */
  readonly then?: 'drop' | 'down'
}

/** The limit, on the fast clock of the simulator: a session of an hour lasts forty seconds. */
export const LIMIT_MS = 40_000

export const TRIALS: readonly Trial[] = [
  { name: 'limit crossed', first: { sessionMs: LIMIT_MS }, fallback: false, what: 'rollover' },
  { name: 'dropped in a silence', first: {}, fallback: false, what: 'silence', then: 'drop' },
  { name: 'dropped in a word', first: { speed: 1 }, fallback: false, what: 'word', then: 'drop' },
  { name: 'nothing listens at the answer', first: null, fallback: true, what: 'answer' },
  {
    name: 'refuses at the answer',
    first: { faults: [{ kind: 'refuse', status: 503, count: 50 }] },
    fallback: true,
    what: 'answer',
  },
  {
    name: 'slow at the answer',
    first: { faults: [{ kind: 'slowStart', ms: 20_000, count: 50 }] },
    fallback: true,
    what: 'answer',
  },
  { name: 'down in a silence', first: {}, fallback: true, what: 'silence', then: 'down' },
  { name: 'down in a word', first: { speed: 1 }, fallback: true, what: 'word', then: 'down' },
]
