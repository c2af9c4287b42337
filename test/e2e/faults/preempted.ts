/** A pod of a higher PriorityClass finds no room and is given a worker's: it gets it when the worker's last call is over. */
import { stringify } from 'yaml'
import type { Pod } from '../kube.ts'
import { comes, nameOf, PODS, type Stage, victimNode } from './stage.ts'

const NAME = 'faults-urgent'
/** Less than a worker asks for, more than all others on a node that are less urgent. */
const SHORT_BY_M = 200

export async function preempted(stage: Stage): Promise<void> {
  const { place, workers } = stage
  const { node, pods } = await victimNode(stage)
  const free = await freeOn(stage, node)
  await place.kube.apply(urgent(place.image, node, free + SHORT_BY_M))
  try {
    const uids = pods.map(pod => pod.metadata.uid)
    const hit = await comes(() => uids.some(uid => workers.isTerminating(uid)), 60_000)
    const victim = pods.find(pod => workers.isTerminating(pod.metadata.uid))
    stage.check(`the scheduler takes a worker on ${node} for it`, hit, victim === undefined ? '' : nameOf(victim))
    if (victim === undefined) return
    const { uid } = victim.metadata
    await workers.without(uid, PODS, 120_000)
    stage.check('it is replaced elsewhere before it is gone', !(await workers.gone(uid, 0)))
    stage.check('it goes when its last call has ended', await workers.gone(uid, 150_000))
    const runs = async (): Promise<boolean> => (await place.kube.get<Pod>('pod', NAME)).status.phase === 'Running'
    stage.check('then the more urgent one runs', await comes(runs, 60_000))
  } finally {
    await place.kube('delete', 'pod', NAME, '--ignore-not-found', '--grace-period=1')
    await place.kube('delete', 'priorityclass', NAME, '--ignore-not-found')
  }
}

interface Requests {
  readonly spec: {
    readonly containers: readonly { readonly resources?: { readonly requests?: { readonly cpu?: string } } }[]
  }
  readonly status: { readonly phase: string }
}

/** Thousandths of a processor that nobody has asked for. */
async function freeOn({ place }: Stage, node: string): Promise<number> {
  const { status } = await place.kube.get<{ status: { allocatable: { cpu: string } } }>('node', node)
  const pods = await place.kube.get<Requests[]>('pods', '-A', `--field-selector=spec.nodeName=${node}`)
  const living = pods.filter(pod => pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed')
  const asked = living.flatMap(pod => pod.spec.containers).map(c => milli(c.resources?.requests?.cpu ?? '0'))
  return milli(status.allocatable.cpu) - asked.reduce((sum, cpu) => sum + cpu, 0)
}

function milli(cpu: string): number {
  return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000
}

function urgent(image: string, node: string, cpu: number): string {
  const priority = {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: NAME },
    value: 900_000_000,
  }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace: 'default' },
    spec: {
      priorityClassName: NAME,
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [
        {
          name: 'pause',
          image,
          command: ['node', '-e', 'setInterval(() => {}, 60_000)'],
          imagePullPolicy: 'IfNotPresent',
          resources: { requests: { cpu: `${cpu}m` } },
        },
      ],
    },
  }
  return `${stringify(priority)}---\n${stringify(pod)}`
}
