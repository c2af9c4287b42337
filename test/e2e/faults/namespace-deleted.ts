/** The namespace is deleted under the calls of its agent: they end as they would have, then it is gone, and can be made anew. */
import { AGENT } from '../release.ts'
import { comes, type Stage } from './stage.ts'

export async function namespaceDeleted(stage: Stage): Promise<void> {
  const { place, workers, traffic } = stage
  traffic.hold()
  await place.kube('delete', 'namespace', AGENT.namespace, '--wait=false')
  const over = await comes(() => traffic.up.length === 0, 150_000)
  stage.check('its calls come to their end', over)
  stage.check('no pod is left', await workers.exactly(0, 120_000))
  // Pods go first; with them gone, Kubernetes looks for the rest after half of the longest grace that they had, or when somebody writes to the namespace.
  await place.kube.try(['annotate', 'namespace', AGENT.namespace, 'faults.switchboard.dev/look=again'])
  const kinds = 'pods,voiceagents,voiceagentrevisions,secrets,networkpolicies'
  const empty = async (): Promise<boolean> =>
    (await place.kube.try(['get', kinds, '-n', AGENT.namespace, '-o', 'name'])).out === ''
  stage.check('nor anything else', await comes(empty, 60_000))
  const gone = async (): Promise<boolean> => (await place.kube.try(['get', 'namespace', AGENT.namespace])).code !== 0
  stage.check('and nothing holds the namespace', await comes(gone, 60_000))
}
