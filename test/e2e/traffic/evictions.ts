/** Whether pods may be evicted, asked of the API server by dry run: a pod with a call on it must not be. */
import type { Child } from '#test/phones/process.ts'
import type { Pod } from '../kube.ts'
import type { Place } from '../place.ts'

const START_MS = 10_000

export interface Evictions {
  /**
   * HTTP status: 201 it would go, 429 its budget forbids, 404 there is none; null when the API server does not answer. In a namespace that is
   * being deleted nothing can be made, evictions neither.
   */
  ask(pod: Pod): Promise<number | 'namespaceGoes' | null>
  /** Whether it is being deleted at this moment, or gone; null when the API server does not answer. */
  isTerminating(pod: Pod): Promise<boolean | null>
  close(): Promise<void>
}

/** kubectl's proxy authenticates, whatever the kubeconfig says. */
export async function openEvictions(place: Place): Promise<Evictions> {
  const proxy: Child = place.kube.start(['proxy', '--port=0'])
  const [, address = ''] = await proxy.waitFor(/Starting to serve on (\S+)/, START_MS)
  return {
    ask: async pod => {
      const { namespace, name } = pod.metadata
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { namespace, name },
        deleteOptions: { dryRun: ['All'] },
      }
      try {
        const url = `http://${address}/api/v1/namespaces/${namespace}/pods/${name}/eviction?dryRun=All`
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
        const text = await response.text()
        return response.status === 403 && text.includes('is being terminated') ? 'namespaceGoes' : response.status
      } catch {
        return null
      }
    },
    isTerminating: async ({ metadata }) => {
      try {
        const response = await fetch(`http://${address}/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`)
        const now = (await response.json()) as Partial<Pod>
        return now.metadata?.uid !== metadata.uid || now.metadata.deletionTimestamp !== undefined
      } catch {
        return null
      }
    },
    close: async () => void (await proxy.stop(2000)),
  }
}
