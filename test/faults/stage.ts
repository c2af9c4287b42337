/**
 * What a fault is played on: one worker as a user starts it, an agent of its own for each case, and for each agent a provider of its own, so
 * that cases can run side by side. What is left of a call is read as its owner would read it: by the command line, from a collector.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { SimulatorOptions } from '#simulators/realtime/options.ts'
import { type RealtimeSimulator, startRealtimeSimulator } from '#simulators/realtime/start.ts'
import { freePort, start } from '#test/phones/process.ts'
import { type RunningWorker, startWorker } from '#test/product/product.ts'
import { Caller } from './caller.ts'
import { type Collector, type Span, startCollector } from './collector.ts'

export interface AgentOptions {
  /** Fields of the VoiceAgent's spec. */
  readonly spec?: Readonly<Record<string, unknown>>
  /** Fields of spec.model.openAI. */
  readonly openAI?: Readonly<Record<string, unknown>>
  /** Its provider. `gone`: nothing listens where it should be. */
  readonly provider?: SimulatorOptions | 'gone'
}

export interface Entry {
  readonly kind: string
  readonly code?: string
  readonly what?: string
  readonly why?: { readonly code: string; readonly by: string; readonly detail?: string }
  readonly [field: string]: unknown
}

/** What a call left behind. */
export interface Traces {
  readonly call: string
  readonly entries: readonly Entry[]
  readonly end: Entry['why'] | undefined
  readonly spans: readonly Span[]
  readonly root: Span
}

export interface Stage {
  readonly worker: RunningWorker
  readonly collector: Collector
  provider(agent: string): RealtimeSimulator
  dial(agent: string): Promise<Caller>
  /** Record and trace, once the call is over. */
  traces(caller: Caller): Promise<Traces>
  metrics(): Promise<string>
  close(): Promise<void>
}

export interface StageOptions {
  readonly run?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Runs the worker instead of this Node. */
  readonly node?: string
}

const FIRST = 14_155_551_000
const GREETING = { text: 'Acme Dental, how can I help?' }

export async function openStage(
  agents: Readonly<Record<string, AgentOptions>>,
  options: StageOptions = {},
): Promise<Stage> {
  const collector = await startCollector()
  const providers = new Map<string, RealtimeSimulator>()
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  const numbers = new Map<string, string>()
  const objects: unknown[] = [trunk(Object.keys(agents).length)]
  for (const [i, [name, agent]] of Object.entries(agents).entries()) {
    numbers.set(name, `+${FIRST + i}`)
    let baseURL = `http://127.0.0.1:${await freePort()}/v1`
    if (agent.provider !== 'gone') {
      const provider = await startRealtimeSimulator(agent.provider ?? {})
      providers.set(name, provider)
      ;({ baseURL } = provider)
    }
    objects.push(agentObject(name, numbers.get(name) ?? '', agent, baseURL))
  }
  writeFileSync(join(folder, 'faults.yaml'), objects.map(o => stringify(o)).join('---\n'))
  const worker = await startWorker({
    baseURL: 'http://127.0.0.1:9/v1',
    run: ['-f', folder, '--log-level', 'debug', ...(options.run ?? [])],
    ...(options.node !== undefined && { node: options.node }),
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100', ...options.env },
  })
  const provider = (agent: string): RealtimeSimulator => {
    const found = providers.get(agent)
    if (found === undefined) throw new Error(`the agent ${agent} has no provider`)
    return found
  }
  return {
    worker,
    collector,
    provider,
    dial: agent => Caller.dial(worker.sipPort, numbers.get(agent) ?? agent),
    traces: async caller => {
      const spans = await collector.call(caller.callId)
      const root = spans.find(s => s.name === 'switchboard.call')
      if (root === undefined) throw new Error('no root span')
      const call = String(root.attributes['gen_ai.conversation.id'])
      const entries = await recordOf(worker.db, call)
      return { call, entries, end: entries.find(e => e.kind === 'end')?.why, spans, root }
    },
    metrics: async () => String(await worker.get('/metrics')),
    close: async () => {
      await worker.stop()
      await Promise.all([...providers.values()].map(p => p.close()))
      await collector.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The record of a call, by `switchboard call-record`. */
export async function recordOf(db: string, call: string): Promise<Entry[]> {
  const child = start(process.execPath, ['cli/main.ts', 'call-record', call, '--json', '--db', db])
  const code = await child.exited
  if (code !== 0) throw new Error(`call-record exited with ${code}: ${child.output()}`)
  const record = JSON.parse(child.output()) as { entries: { entry: Entry }[] }
  return record.entries.map(e => e.entry)
}

function trunk(count: number): unknown {
  return {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: { name: 'faults', namespace: 'default' },
    spec: {
      carrier: 'Pbx',
      ingress: 'Sip',
      numbers: [{ range: `+${FIRST}-+${FIRST + count}`, namespaces: {} }],
      sip: { peers: [{ cidr: '127.0.0.0/8' }] },
    },
  }
}

function agentObject(name: string, number: string, agent: AgentOptions, baseURL: string): unknown {
  return {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name, namespace: 'default' },
    spec: {
      model: { provider: 'OpenAI', openAI: { model: 'gpt-realtime-2.1', baseURL, ...agent.openAI } },
      instructions: 'You are the receptionist of Acme Dental.',
      greeting: GREETING,
      inbound: [{ name: 'main', trunkRef: { name: 'faults' }, match: [{ number }] }],
      ...agent.spec,
    },
  }
}
