/** All that happens to objects of a kind, as the API server tells: by a watch of our own, through kubectl's proxy. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Child } from '#test/phones/process.ts'
import type { Kube } from '../kube.ts'
import type { Seen } from './judge.ts'

interface WatchEvent {
  readonly type: string
  readonly object: Seen & { readonly message?: string }
}

export interface Watched {
  /** By `namespace/name`: its states since the watch began, the first one included. */
  readonly objects: ReadonlyMap<string, readonly Seen[]>
  /** Made since. */
  readonly born: readonly string[]
  readonly deleted: readonly string[]
  /** Why nothing more is heard. */
  readonly broken: string | null
}

export interface Watches {
  /** @param path such as `/apis/switchboard.dev/v1alpha1/voiceagents` */
  watch(path: string): Promise<Watched>
  close(): Promise<void>
}

const START_MS = 10_000

export async function openWatches(kube: Kube): Promise<Watches> {
  const proxy: Child = kube.start(['proxy', '--port=0'])
  const [, address = ''] = await proxy.waitFor(/Starting to serve on (\S+)/, START_MS)
  const end = new AbortController()
  const loops: Promise<void>[] = []
  return {
    watch: async path => {
      const url = `http://${address}${path}`
      const list = (await (await fetch(url)).json()) as { metadata: { resourceVersion: string }; items: Seen[] }
      const objects = new Map<string, Seen[]>(list.items.map(item => [keyOf(item), [bare(item)]]))
      const watched: Open = { objects, born: [], deleted: [], broken: null }
      const query = `${path.includes('?') ? '&' : '?'}watch=1&timeoutSeconds=600&resourceVersion=${list.metadata.resourceVersion}`
      const response = await fetch(url + query, { signal: end.signal })
      if (response.body === null) throw new Error(`no watch of ${path}: HTTP ${response.status}`)
      const lines = createInterface({ input: Readable.fromWeb(response.body as never) })
      const read = async (): Promise<void> => {
        for await (const line of lines) take(watched, JSON.parse(line) as WatchEvent)
        watched.broken = 'the watch ended'
      }
      loops.push(
        read().catch((error: unknown) => {
          watched.broken = String(error)
        }),
      )
      return watched
    },
    close: async () => {
      end.abort()
      await Promise.all(loops)
      await proxy.stop(2000)
    },
  }
}

interface Open {
  readonly objects: Map<string, Seen[]>
  readonly born: string[]
  readonly deleted: string[]
  broken: string | null
}

function take(watched: Open, { type, object }: WatchEvent): void {
  if (type === 'ERROR') {
    watched.broken = object.message ?? 'an error'
    return
  }
  const key = keyOf(object)
  if (type === 'DELETED') watched.deleted.push(key)
  if (!watched.objects.has(key)) watched.born.push(key)
  const states = watched.objects.get(key) ?? []
  watched.objects.set(key, states)
  states.push(bare(object))
}

/** A list leaves out what every item would say of its kind. */
const bare = ({ kind: _kind, apiVersion: _version, ...rest }: Seen): Seen => rest

const keyOf = ({ metadata }: Seen): string => `${metadata.namespace ?? ''}/${metadata.name}`
