/** The real kubectl, for what people do with it. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Kubectl {
  /** Runs it; a refusal is an answer like any other. */
  (args: readonly string[], input?: string): Promise<Said>
}

export function kubectlFor({ kubectl, kubeconfig }: { kubectl: string; kubeconfig: string }): Kubectl {
  // A cache of its own: what another server had on the same port is not what this one has.
  const cache = join(dirname(kubeconfig), 'kubectl-cache')
  return async (args, input = '') => {
    const child = spawn(kubectl, ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args])
    // It may end without having read all of it.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const code = new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', exit => resolve(exit ?? 128))
    })
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { code: await code, out, err }
  }
}
