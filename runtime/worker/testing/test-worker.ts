/** A worker on loopback with one agent, for tests. */
import { type Behaviour, behaviour } from '#crds/behaviour.ts'
import { spanOf } from '#crds/called-number.ts'
import { parseCidr } from '#crds/cidr.ts'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import { startTelemetry, type Telemetry } from '#runtime/telemetry/start-telemetry.ts'
import type { TrunkEntry } from '../agent-directory.ts'
import { policyOf } from '../behaviour-to-policy.ts'
import { createLogger, type Logger } from '../logger.ts'
import { DEFAULT_SETTINGS, type WorkerSettings } from '../settings.ts'
import { Worker } from '../worker.ts'
import type { WorkerDependencies } from '../worker-dependencies.ts'

export interface TestWorkerOptions {
  readonly settings?: Partial<WorkerSettings>
  /** Laid over the behaviour. */
  readonly agent?: Readonly<Record<string, unknown>>
  readonly peers?: readonly string[]
  /** Networks that media may come from; those of the peers if not given. */
  readonly media?: readonly string[]
  readonly laws?: TrunkEntry['laws']
  /** Headers that the trunk lets through. */
  readonly headers?: readonly string[]
  /** Of the number called. */
  readonly variables?: Readonly<Record<string, string>>
  readonly ledger?: Ledger
  readonly log?: Logger
  readonly credential?: string
  /** In place of the one that begins the trace of a call. */
  readonly startCall?: Telemetry['startCall']
  readonly more?: Partial<Pick<WorkerDependencies, 'access' | 'state' | 'look'>>
}

let nextPort = 30_000 + (process.pid % 200) * 100

export function testBehaviour(baseURL: string, agent: Readonly<Record<string, unknown>> = {}): Behaviour {
  return behaviour.parse({
    instructions: 'You answer the phone.',
    model: { provider: 'OpenAI', openAI: { model: 'gpt-realtime-2.1', baseURL } },
    ...agent,
  })
}

export async function startTestWorker(baseURL: string, options: TestWorkerOptions = {}): Promise<Worker> {
  const from = nextPort
  nextPort += 40
  const worker = await Worker.start(
    {
      ...DEFAULT_SETTINGS,
      sipHost: '127.0.0.1',
      sipPort: 0,
      httpPort: 0,
      rtpPorts: { from, to: from + 39 },
      logLevel: (process.env['TEST_LOG'] as 'debug' | undefined) ?? 'silent',
      ...options.settings,
    },
    {
      log: options.log ?? createLogger((process.env['TEST_LOG'] as 'debug' | undefined) ?? 'silent'),
      telemetry: {
        ...startTelemetry({ service: 'test', env: {} }),
        ...(options.startCall && { startCall: options.startCall }),
      },
      ledger: options.ledger ?? null,
      credential: () => options.credential ?? 'sk-test',
      ...options.more,
    },
  )
  const content = testBehaviour(baseURL, options.agent)
  const networksOf = (texts: readonly string[]) => texts.flatMap(text => parseCidr(text) ?? [])
  const networks = networksOf(options.peers ?? ['127.0.0.0/8'])
  const media = options.media ? networksOf(options.media) : networks
  const trunk: TrunkEntry = {
    key: 'default/pbx',
    access: { latch: true, peers: [{ signalling: networks, media }] },
    laws: options.laws ?? ['PCMU', 'PCMA'],
    ...(options.headers && { headers: options.headers }),
  }
  worker.serve({ agent: 'default/reception', name: 'reception-1', behaviour: content, policy: policyOf(content) }, [
    { trunk, span: spanOf({ number: '+14155550100' }), ...(options.variables && { variables: options.variables }) },
  ])
  return worker
}
