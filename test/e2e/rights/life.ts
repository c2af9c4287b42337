/**
 * A compact life of the operator, so that every right it needs is used: agents made, scaled, changed, drained and deleted, instructions from a
 * ConfigMap, a trunk and its conflicts, keys that rotate, another leader.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { WORKERS } from '../calls.ts'
import { comes } from '../comes.ts'
import { isReady, type Pod } from '../kube.ts'
import type { Place } from '../place.ts'
import { AGENT, applyExample, SYSTEM } from '../release.ts'

const READY_S = 120
/** More than the history of an agent keeps. */
const REVISIONS = 14
const KEYS = 'switchboard-token-keys'
const DAY_MS = 86_400_000

export async function liveThrough(place: Place): Promise<void> {
  // What another run has left of it.
  await place.kube.try(['delete', 'voiceagents', '--all', '-n', AGENT.namespace])
  await applyExample(place, READY_S)
  const aged = await ageKeys(place)
  await storyOfWords(place)
  await storyOfClaims(place)
  await storyOfPods(place)
  await comes(async () => JSON.stringify(await keysOf(place)) !== aged, 180_000, 'the keys of tokens are changed')
  await changeLeader(place)
  await place.kube('delete', 'voiceagent', AGENT.name, '-n', AGENT.namespace)
  await comes(async () => (await pods(place)).length === 0, 180_000, 'the pods of a deleted agent are gone')
}

/** Revisions of an agent that nobody can call, one per change of a ConfigMap: no pods, and more than are kept. */
async function storyOfWords({ kube }: Place): Promise<void> {
  const says = (text: string): Promise<string> =>
    kube.apply(stringify({ ...named('ConfigMap', 'words', 'v1'), data: { text } }))
  await says('Be kind.')
  await kube.apply(
    stringify(agentOf('words', { instructionsFrom: { configMapKeyRef: { name: 'words', key: 'text' } } })),
  )
  for (let i = 1; i <= REVISIONS; i++) {
    await comes(async () => (await revisionsOf(kube)).some(name => name === `words-${i}`), 30_000, `words-${i} is made`)
    await says(`Be kind, ${i} times.`)
  }
  await comes(async () => !(await revisionsOf(kube)).includes('words-1'), 30_000, 'an old revision is forgotten')
  await kube('delete', 'voiceagent/words', 'configmap/words', '-n', AGENT.namespace)
}

const revisionsOf = async (kube: Place['kube']): Promise<string[]> =>
  (await kube('get', 'voiceagentrevisions', '-n', AGENT.namespace, '-o', 'name'))
    .split('\n')
    .map(name => name.split('/')[1] ?? '')

/** The same problem twice, a while apart: an event, and then its count. */
async function storyOfClaims({ kube }: Place): Promise<void> {
  const wants = (number: string) => [
    { name: 'main', trunkRef: { name: 'pbx', namespace: AGENT.trunks }, match: [{ number }] },
  ]
  const agent = agentOf('claims', { instructions: 'Be kind.', inbound: wants('+14155550999') })
  await kube.apply(stringify(agent))
  const path = 'jsonpath={.status.conditions[?(@.type=="Stalled")].reason}'
  const stalls = (reason: string): Promise<void> =>
    comes(
      async () => (await kube('get', 'voiceagent', 'claims', '-n', AGENT.namespace, '-o', path)) === reason,
      30_000,
      `Stalled has the reason ${reason}`,
    )
  await stalls('NumberNotGranted')
  // An event is counted again after ten seconds.
  await sleep(11_000)
  const patch = (inbound: object): Promise<string> =>
    kube(
      'patch',
      'voiceagent',
      'claims',
      '-n',
      AGENT.namespace,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { inbound } }),
    )
  await patch([])
  await stalls('NoNumbers')
  await patch(wants('+14155550999'))
  await stalls('NumberNotGranted')
  await kube('delete', 'voiceagent', 'claims', '-n', AGENT.namespace)
}

async function storyOfPods(place: Place): Promise<void> {
  const { kube } = place
  const patch = (spec: object): Promise<string> =>
    kube('patch', 'voiceagent', AGENT.name, '-n', AGENT.namespace, '--type=merge', '-p', JSON.stringify({ spec }))
  await patch({ scaling: { minPods: 3 } })
  await comes(async () => (await pods(place)).filter(isReady).length === 3, 180_000, 'three pods are Ready')
  await patch({ scaling: { minPods: 2 } })
  await comes(async () => (await pods(place)).length === 2, 240_000, 'one of them was drained and is gone')
  const before = await servingOf(place)
  await patch({ variables: { clinic: 'Acme Dental and Sons' } })
  await comes(async () => (await servingOf(place)) !== before, 180_000, 'another revision serves')
  const after = await servingOf(place)
  await comes(
    async () => (await pods(place)).every(pod => pod.metadata.name.startsWith(`${after}-`)),
    240_000,
    'pods of the one before are gone',
  )
}

const pods = ({ kube }: Place): Promise<Pod[]> => kube.get<Pod[]>('pods', ...WORKERS)

const servingOf = ({ kube }: Place): Promise<string> =>
  kube('get', 'voiceagent', AGENT.name, '-n', AGENT.namespace, '-o', 'jsonpath={.status.revision}')

interface Ring {
  signingSince: number
  keys: { createdAt: number }[]
}

async function keysOf({ kube }: Place): Promise<Ring> {
  const { data } = await kube.get<{ data: { 'ring.json': string } }>('secret', KEYS, '-n', SYSTEM)
  return JSON.parse(Buffer.from(data['ring.json'], 'base64').toString()) as Ring
}

/** Makes the keys look as they will in a month: the next one signs, or where that happened before, another is made. @returns what was written */
async function ageKeys(place: Place): Promise<string> {
  const ring = await keysOf(place)
  ring.signingSince -= 31 * DAY_MS
  for (const key of ring.keys) key.createdAt -= 31 * DAY_MS
  const data = { 'ring.json': Buffer.from(JSON.stringify(ring)).toString('base64') }
  await place.kube('patch', 'secret', KEYS, '-n', SYSTEM, '--type=merge', '-p', JSON.stringify({ data }))
  return JSON.stringify(ring)
}

async function changeLeader({ kube }: Place): Promise<void> {
  const holder = (): Promise<string> =>
    kube('get', 'lease', 'switchboard-operator', '-n', SYSTEM, '-o', 'jsonpath={.spec.holderIdentity}')
  const before = await holder()
  const [pod = ''] = before.split('_')
  await kube('delete', 'pod', pod, '-n', SYSTEM, '--wait=false')
  await comes(async () => ![before, ''].includes(await holder()), 60_000, 'another operator leads')
}

const named = (kind: string, name: string, apiVersion = 'switchboard.dev/v1alpha1') => ({
  apiVersion,
  kind,
  metadata: { name, namespace: AGENT.namespace },
})

const agentOf = (name: string, spec: object) => ({
  ...named('VoiceAgent', name),
  spec: { model: { provider: 'OpenAI', openAI: { model: 'gpt-realtime-2.1' } }, ...spec },
})
