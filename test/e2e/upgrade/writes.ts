/** What people do at every stage: change an agent, which makes a revision, and apply another one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import type { Place } from '../place.ts'
import { AGENT } from '../release.ts'

const SERVES_MS = 240_000

interface Agent {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: {
    readonly revision?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** @param baseURL of the provider that it shall speak with @returns the revision that the agent has now, and serves @throws Error when it does not come to serve it */
export async function writeAt(place: Place, stage: string, baseURL: string): Promise<string> {
  const { namespace, name } = AGENT
  const look = (): Promise<Agent> => place.kube.get<Agent>('voiceagent', name, '-n', namespace)
  const { spec, status } = await look()
  const instructions = `You are the receptionist of {{clinic}}, ${stage}. Be warm and brief.`
  await place.kube(
    'patch',
    'voiceagent',
    name,
    '-n',
    namespace,
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { instructions, model: { openAI: { baseURL } } } }),
  )
  // It has no number of its own, so it gets a revision and no pod.
  const other = {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { namespace, name: otherOf(stage) },
    spec: { ...spec, instructions },
  }
  await place.kube.apply(stringify(other))
  for (const until = performance.now() + SERVES_MS; performance.now() < until; await sleep(500)) {
    const now = (await look()).status
    const rolls = now?.conditions?.find(condition => condition.type === 'RollingOut')?.status !== 'False'
    if (now?.revision !== undefined && now.revision !== status?.revision && !rolls) return now.revision
  }
  throw new Error(
    `${name} does not serve what was written ${stage}:\n${await place.kube('describe', 'voiceagent', name, '-n', namespace)}`,
  )
}

export async function removeOthers(place: Place, stages: readonly string[]): Promise<void> {
  await place.kube.try(['delete', 'voiceagents', '-n', AGENT.namespace, '--ignore-not-found', ...stages.map(otherOf)])
}

function otherOf(stage: string): string {
  return `other-${stage.replaceAll(' ', '-')}`
}
