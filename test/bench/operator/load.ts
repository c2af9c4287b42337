/** What is made: agents, and Deployments of the same pods. */
import type { Client } from '#test/apiserver/client.ts'

const AGENTS_PER_NAMESPACE = 50
/** Requests at a time. */
const AT_A_TIME = 16
const TRUNK = { namespace: 'telephony', name: 'pbx' }
const LABEL = 'bench.switchboard.dev/of'

export const AGENTS = '/apis/switchboard.dev/v1alpha1/voiceagents'
export const BUDGETS = '/apis/policy/v1/poddisruptionbudgets'
export const DEPLOYMENTS = '/apis/apps/v1/deployments'
export const PODS_OF_DEPLOYMENTS = `/api/v1/pods?labelSelector=${LABEL}`

export interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: unknown }
  readonly spec: object
}

export function namespaces(agents: number): string[] {
  return Array.from({ length: Math.ceil(agents / AGENTS_PER_NAMESPACE) }, (_, i) => `tenant-${i}`)
}

export async function makeRoom(client: Client, agents: number): Promise<void> {
  for (const name of [TRUNK.namespace, ...namespaces(agents)])
    await must(client, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await must(client, `/apis/switchboard.dev/v1alpha1/namespaces/${TRUNK.namespace}/siptrunks`, {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: TRUNK,
    spec: {
      carrier: 'Pbx',
      numbers: [{ range: '1*', namespaces: {} }],
      sip: { peers: [{ cidr: '127.0.0.0/8' }] },
    },
  })
}

/** Without a credential: whatever answers at its endpoint does not ask for one. */
export function makeAgents(client: Client, agents: number): Promise<void> {
  return each(agents, async i => {
    const namespace = namespaceOf(i)
    await must(client, `/apis/switchboard.dev/v1alpha1/namespaces/${namespace}/voiceagents`, {
      apiVersion: 'switchboard.dev/v1alpha1',
      kind: 'VoiceAgent',
      metadata: { namespace, name: `agent-${i}` },
      spec: {
        model: {
          provider: 'OpenAI',
          openAI: { model: 'gpt-realtime-2.1', voice: 'marin', baseURL: 'http://127.0.0.1:9/v1' },
        },
        instructions: `You are the receptionist of practice ${i}. Be kind, be brief, and never promise an appointment that you have not looked up.`,
        greeting: { text: 'Hello, how can I help?' },
        inbound: [{ name: 'main', trunkRef: TRUNK, match: [{ number: String(10_000_000 + i) }] }],
        callControl: { endCall: {} },
      },
    })
  })
}

/** One pod each. */
export function makeDeployments(client: Client, deployments: number, template: Template): Promise<void> {
  return each(deployments, async i => {
    const labels = { ...template.metadata.labels, [LABEL]: `deployment-${i}` }
    const metadata = { namespace: namespaceOf(i), name: `deployment-${i}` }
    await must(client, `/apis/apps/v1/namespaces/${metadata.namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: { [LABEL]: `deployment-${i}` } },
        template: { metadata: { ...template.metadata, labels }, spec: template.spec },
      },
    })
  })
}

export function namespaceOf(i: number): string {
  return `tenant-${Math.floor(i / AGENTS_PER_NAMESPACE)}`
}

async function each(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}

async function must(client: Client, path: string, body: unknown): Promise<void> {
  const answer = await client.request('POST', path, body)
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
}
