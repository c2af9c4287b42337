/** Pods that look like workers and are not: they get no call, no revision, no token, they are not counted, and no worker goes for them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { comes } from '../comes.ts'
import { isReady, type Pod } from '../kube.ts'
import { AGENT } from '../release.ts'
import { openEvictions } from '../traffic/evictions.ts'
import type { Tenants } from './people.ts'
import { serverPod } from './server-pod.ts'

/** Long enough for a reconcile that would count them. */
const LOOK_MS = 15_000

interface Owned {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
    readonly ownerReferences: readonly object[]
  }
}
interface Agent {
  readonly status: {
    readonly pods: number
    readonly columns: { readonly pods: string }
    readonly conditions: readonly { readonly type: string; readonly reason: string; readonly message: string }[]
  }
}

export async function forged({ place, report, tina, workers }: Tenants): Promise<void> {
  const { namespace, name } = AGENT
  const [real] = workers
  if (real === undefined) throw new Error('there is no worker')
  const copied = await place.kube.get<Owned>('pod', real.metadata.name, '-n', namespace)
  const agent = (): Promise<Agent> => place.kube.get<Agent>('voiceagent', name, '-n', namespace)
  const before = await agent()
  const { labels, annotations, ownerReferences } = copied.metadata
  const owners = ownerReferences.map(owner => ({ ...owner, blockOwnerDeletion: false }))
  const pods = [
    { name: `${name}-1-forged`, labels },
    { name: `${name}-1-copied`, labels, annotations, ownerReferences: owners },
  ]
  for (const { name: pod, ...metadata } of pods) {
    const made = await tina(['create', '-f', '-'], serverPod(place.image, namespace, pod, metadata))
    if (made.code !== 0) throw new Error(made.err)
  }
  const named = pods.map(pod => pod.name)
  const seen = async (): Promise<Pod[]> =>
    (await place.kube.get<Pod[]>('pods', '-n', namespace)).filter(pod => named.includes(pod.metadata.name))
  await comes(async () => (await seen()).filter(isReady).length === named.length, 60_000, 'the forged pods are Ready')
  await sleep(LOOK_MS)
  const now = await agent()
  const condition = now.status.conditions.find(({ message }) => message.includes('forged'))
  report.check(
    'forged pods are named by their agent',
    condition !== undefined,
    (condition?.message ?? 'nothing is said').slice(0, 170),
  )
  const counted = `${before.status.columns.pods}, then ${now.status.columns.pods}`
  report.check('forged pods are not counted', before.status.columns.pods === now.status.columns.pods, counted)
  const there = await place.kube.get<Pod[]>('pods', '-n', namespace, '-l', `switchboard.dev/agent=${name}`)
  const kept = workers.filter(worker => there.some(pod => pod.metadata.uid === worker.metadata.uid && isReady(pod)))
  report.check(
    'no real pod goes for them',
    kept.length === workers.length,
    `${kept.length} of ${workers.length} are there`,
  )
  for (const pod of named) {
    const log = await place.kube('logs', pod, '-n', namespace)
    const asked = log.split('\n').filter(line => line.startsWith('asked'))
    report.check(`${pod} gets no revision, no token and no call`, asked.length === 0, asked[0] ?? 'nobody spoke to it')
  }
  const evictions = await openEvictions(place)
  for (const worker of workers) {
    const status = await evictions.ask(worker)
    report.check(`beside them ${worker.metadata.name} may not be evicted`, status === 429, `HTTP ${status}`)
  }
  await evictions.close()
  await tina(['delete', 'pod', ...named, '-n', namespace, '--grace-period=1'])
  const gone = async (): Promise<boolean> => (await seen()).length === 0
  await comes(gone, 30_000, 'the forged pods are gone')
}
