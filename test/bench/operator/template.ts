/** The pod that the operator makes for an agent: what Deployments are given to make, too. */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeAgents, namespaceOf, type Template } from './load.ts'
import { startOperator } from './processes.ts'
import type { Stage } from './stage.ts'

const PATIENCE_MS = 60_000

/** Makes one agent, takes its pod for a pattern, and takes both away again. */
export async function workerTemplate(stage: Stage, bundle: string, qps: number): Promise<Template> {
  const { client } = stage.server
  const operator = await startOperator(stage, bundle, qps)
  const pods = `/api/v1/namespaces/${namespaceOf(0)}/pods`
  const until = performance.now() + PATIENCE_MS
  const look = async (): Promise<readonly { metadata: Template['metadata']; spec: object }[]> => {
    if (performance.now() > until) throw new Error('the operator does not make one pod, or does not take it away')
    await sleep(200)
    return ((await client.request('GET', pods)).body as { items: [] }).items
  }
  await makeAgents(client, 1)
  let [pod] = await look()
  while (pod === undefined) [pod] = await look()
  const { nodeName: _, ...spec } = pod.spec as { nodeName?: string }
  const template = { metadata: { labels: pod.metadata.labels }, spec }
  await client.request('DELETE', `/apis/switchboard.dev/v1alpha1/namespaces/${namespaceOf(0)}/voiceagents/agent-0`)
  while ((await look()).length > 0);
  await operator.stop()
  return template
}
