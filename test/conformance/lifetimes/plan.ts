/** What is tried on sessions that end, and on whom: providers by how a test starts one and how an agent names it. */
import { type GeminiSimulator, startGeminiSimulator } from '#simulators/gemini/start.ts'
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

/** What is asked of a simulated provider, whichever it is. */
export interface Simulated {
  readonly baseURL: string
  readonly sessions: readonly {
    readonly openedAt: number
    readonly open: boolean
    /** It went on by a handle of the one before; only where handles are given. */
    readonly resumed?: boolean
    readonly items: readonly { readonly role: string | null; readonly text: string }[]
  }[]
  /** All sockets die without a close frame. */
  drop(): void
  close(): Promise<void>
}

export interface Start {
  /** How long a session may last. */
  readonly sessionMs?: number
  /** Times real time. */
  readonly speed?: number
  readonly faults?: readonly (
    | { readonly kind: 'refuse'; readonly status: number; readonly count: number }
    | { readonly kind: 'slowStart'; readonly ms: number; readonly count: number }
  )[]
}

export interface Provider {
  readonly name: string
  /** A session's successor goes on by a handle. */
  readonly resumes: boolean
  start(options: Start): Promise<Simulated>
  /** Of spec.model. */
  member(baseURL: string): Readonly<Record<string, unknown>>
}

/** Gemini says so a minute before its ten are over. */
const GO_AWAY_SHARE = 1 / 10

const pace = (speed: number | undefined) => (speed === undefined ? {} : { pace: { speed, headStartMs: 300 } })

/** One entry more for each provider that can stand in for the others. */
export const PROVIDERS: readonly Provider[] = [
  {
    name: 'OpenAI',
    resumes: false,
    start: async ({ speed, ...options }) => {
      const simulator = await startRealtimeSimulator({ script: SCRIPT, ...options, ...pace(speed) })
      return simulated(simulator, () => simulator.inject({ kind: 'drop' }))
    },
    member: baseURL => ({
      provider: 'OpenAI',
      openAI: {
        model: 'gpt-realtime-2.1',
        baseURL: `${baseURL}/v1`,
        transcription: { model: 'gpt-4o-mini-transcribe' },
      },
    }),
  },
  {
    name: 'Gemini',
    resumes: true,
    start: async ({ speed, sessionMs, faults = [] }) => {
      const simulator = await startGeminiSimulator({
        script: SCRIPT,
        ...(sessionMs !== undefined && { connectionMs: sessionMs, goAwayMs: sessionMs * GO_AWAY_SHARE }),
        ...pace(speed),
      })
      for (const fault of faults) simulator.inject(fault)
      return simulated(simulator, () => simulator.inject({ kind: 'drop' }))
    },
    member: baseURL => ({ provider: 'Gemini', gemini: { model: 'gemini-3.8-live', baseURL } }),
  },
]

function simulated(simulator: RealtimeSimulator | GeminiSimulator, drop: () => unknown): Simulated {
  return {
    baseURL: `http://127.0.0.1:${simulator.port}`,
    get sessions() {
      return simulator.sessions
    },
    drop: () => void drop(),
    close: () => simulator.close(),
  }
}

export interface Trial {
  readonly name: string
  /** Of the first provider; null: nothing listens where it should be. */
  readonly first: Start | null
  readonly fallback: boolean
  readonly what: 'answer' | 'silence' | 'word' | 'rollover'
  /** What happens in the middle of the call. */
  readonly then?: 'drop' | 'down'
}

/** The limit, on the fast clocks of the simulators: an hour at OpenAI and ten minutes at Gemini last forty seconds. */
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
