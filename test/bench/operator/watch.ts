/** Counts objects that are in some state, as the API server tells of them. */
import { Agent, request } from 'undici'
import type { Access } from '#test/apiserver/api-server.ts'

export interface Counted {
  /** Objects that are so now. */
  readonly count: number
  /** Resolves with the time (`performance.now()`) at which so many were so. @throws Error after `ms` */
  reached(count: number, ms: number): Promise<number>
  close(): Promise<void>
}

const PROGRESS_MS = 15_000

/** Says now and then how far it is, until so many are so. @returns the time (`performance.now()`) */
export async function reachedAloud(
  counted: Counted,
  count: number,
  ms: number,
  say: (count: number) => void,
): Promise<number> {
  const progress = setInterval(() => say(counted.count), PROGRESS_MS)
  try {
    return await counted.reached(count, ms)
  } finally {
    clearInterval(progress)
  }
}

const INITIAL_END = 'k8s.io/initial-events-end'

/** What the bench looks at, of agents, budgets and Deployments. */
export interface Watched {
  readonly metadata: {
    readonly uid: string
    readonly generation: number
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly availableReplicas?: number
    readonly expectedPods?: number
    readonly currentHealthy?: number
    readonly disruptionsAllowed?: number
  }
}

/** @param path of the collection, with a selector perhaps */
export function countWhere({ url, token, ca }: Access, path: string, isSo: (object: Watched) => boolean): Counted {
  const agent = new Agent({ connect: { ca }, bodyTimeout: 0 })
  const waiting = new Set<() => void>()
  const closing = new AbortController()
  let so = new Set<string>()
  let failure: Error | null = null

  const open = async () => {
    const query = new URLSearchParams({ watch: 'true', sendInitialEvents: 'true', allowWatchBookmarks: 'true' })
    const where = `${url}${path}${path.includes('?') ? '&' : '?'}${query.toString()}&resourceVersionMatch=NotOlderThan&timeoutSeconds=7200`
    const headers = { authorization: `Bearer ${token}` }
    const { statusCode, body } = await request(where, { dispatcher: agent, headers, signal: closing.signal })
    if (statusCode !== 200) throw new Error(`watch ${path}: ${statusCode} ${await body.text()}`)
    return body
  }
  /** Of one watch; what was known before it counts until it has told of all there is. */
  const follow = async (body: Awaited<ReturnType<typeof open>>): Promise<void> => {
    const fresh = new Set<string>()
    let rest = ''
    for await (const chunk of body.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as { type: string; object: Watched }
        if (type === 'ERROR') return
        if (type === 'BOOKMARK' && object.metadata.annotations?.[INITIAL_END] !== undefined) so = fresh
        else if (type !== 'BOOKMARK' && type !== 'DELETED' && isSo(object)) fresh.add(object.metadata.uid)
        else if (type !== 'BOOKMARK') fresh.delete(object.metadata.uid)
      }
      for (const look of waiting) look()
    }
  }
  // A server may end a watch whenever it likes.
  const reading = (async () => {
    for (let body = await open(); ; body = await open()) await follow(body)
  })().catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error))
    for (const look of waiting) look()
  })
  return {
    get count() {
      return so.size
    },
    reached: (count, ms) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer)
          waiting.delete(look)
        }
        const look = (): void => {
          if (failure !== null) {
            end()
            reject(failure)
          } else if (so.size === count) {
            end()
            resolve(performance.now())
          }
        }
        const timer = setTimeout(() => {
          end()
          reject(new Error(`${path}: ${so.size} of ${count} after ${ms / 1000} s`))
        }, ms)
        waiting.add(look)
        look()
      }),
    close: async () => {
      closing.abort()
      await reading
      await agent.destroy()
    },
  }
}
