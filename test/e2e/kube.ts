/** kubectl, as people have it, with answers as values. */
import { kubectlFor, type Said } from '#test/apiserver/kubectl.ts'
import { type Child, start } from '#test/phones/process.ts'

export interface Kube {
  /** Output of kubectl. @throws Error with what it said on stderr */
  (...args: string[]): Promise<string>
  /** The same without throwing. */
  try(args: readonly string[], input?: string): Promise<Said>
  apply(yaml: string): Promise<string>
  /** Starts a kubectl that takes its time. */
  start(args: readonly string[]): Child
  /** `kubectl get … -o json`; for a list its items. */
  get<T>(...args: string[]): Promise<T>
}

/** What tests read of a pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly object[]
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly phase: string
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[]
  }
}

export function openKube(kubectl: string, kubeconfig: string): Kube {
  const run = kubectlFor({ kubectl, kubeconfig })
  const must = async (args: readonly string[], input?: string): Promise<string> => {
    const said = await run(args, input)
    if (said.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${said.err.trim()}`)
    return said.out.trim()
  }
  return Object.assign((...args: string[]) => must(args), {
    try: run,
    start: (args: readonly string[]) => start(kubectl, ['--kubeconfig', kubeconfig, ...args]),
    apply: (yaml: string) => must(['apply', '-f', '-'], yaml),
    get: async <T>(...args: string[]): Promise<T> => {
      const value = JSON.parse(await must(['get', ...args, '-o', 'json'])) as { items?: unknown }
      return ('items' in value ? value.items : value) as T
    },
  })
}

export function isReady(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  return pod.status.conditions?.some(c => c.type === 'Ready' && c.status === 'True') === true
}
