/** Helm, with nothing of the one who runs the tests: no cache, no configuration, no cluster but the given one. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Helm {
  /** Runs it; a refusal is an answer like any other. */
  (...args: readonly string[]): Promise<Said>
}

/** @param kubeconfig left out for what needs no cluster */
export function openHelm(
  binary: string,
  kubeconfig = '/dev/null',
): { readonly helm: Helm; readonly close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'helm-'))
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: join(folder, 'cache'),
    HELM_CONFIG_HOME: join(folder, 'config'),
    HELM_DATA_HOME: join(folder, 'data'),
  }
  const helm: Helm = (...args) =>
    new Promise(resolve => {
      execFile(binary, args, { env, maxBuffer: 2 ** 26 }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err })
      })
    })
  return { helm, close: () => rmSync(folder, { recursive: true, force: true }) }
}
