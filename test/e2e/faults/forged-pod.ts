/** Somebody makes a copy of a worker, with our labels, our marks and our owner, straight on a node: it is told of, never counted, never touched. */
import { stringify } from 'yaml'
import { isReady, type Pod } from '../kube.ts'
import { AGENT } from '../release.ts'
import { busiest, comes, mustSay, PODS, type Stage } from './stage.ts'

const NAME = 'forged'

export async function forgedPod(stage: Stage): Promise<void> {
  const { place, workers } = stage
  const model = await busiest(stage)
  const { metadata, spec } = await place.kube.get<Pod>('pod', model.metadata.name, '-n', model.metadata.namespace)
  const { labels, annotations, ownerReferences } = metadata
  // Phones are not sent there: a gateway knows workers from copies by what the operator knows.
  workers.hide(NAME)
  const copy = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace: AGENT.namespace, labels, annotations, ownerReferences },
    spec,
  }
  await place.kube.apply(stringify(copy))
  try {
    await mustSay(
      stage,
      'the agent tells of it',
      new RegExp(`${NAME} carries Switchboard's labels and was not made by it`),
      60_000,
    )
    const started = async (): Promise<boolean> => (await statusOf(stage)).ready
    stage.check('though it is a worker like any other', await comes(started, 60_000))
    const pods = await place.kube(
      'get',
      'voiceagent',
      AGENT.name,
      '-n',
      AGENT.namespace,
      '-o',
      'jsonpath={.status.columns.pods}',
    )
    stage.check('it is not counted', pods === `${PODS}/${PODS}`, pods)
    stage.check('it was given no revision', (await statusOf(stage)).blank)
  } finally {
    await place.kube('delete', 'pod', NAME, '-n', AGENT.namespace, '--grace-period=1')
  }
  await mustSay(stage, 'without it there is nothing to tell', /^Reconciling=False Done/, 60_000)
}

interface Seen {
  readonly ready: boolean
  /** It has no revision, by its own word. */
  readonly blank: boolean
}

async function statusOf({ place }: Stage): Promise<Seen> {
  const pod = await place.kube.get<Pod>('pod', NAME, '-n', AGENT.namespace)
  const log = await place.kube.try(['logs', NAME, '-n', AGENT.namespace])
  return { ready: isReady(pod), blank: log.code === 0 && !/"revision":/.test(log.out) }
}
