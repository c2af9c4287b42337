/** The schemas of the Prometheus operator's objects, out of its Go module: what a PodMonitor of ours must fit. */
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const MODULE = 'github.com/prometheus-operator/prometheus-operator@v0.85.0'
/** As go.sum would have it. */
const SUM = 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s='

/** Path of the CRD of PodMonitor; fetched once, 4 MB. @throws Error when the module is not the one that was pinned */
export async function podMonitorCrd(): Promise<string> {
  // Not in the tree: Go would look for a go.mod there.
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', MODULE], { cwd: tmpdir() })
  const { Dir, Sum } = JSON.parse(stdout) as { Dir: string; Sum: string }
  if (Sum !== SUM) throw new Error(`${MODULE} is ${Sum}, not ${SUM}`)
  return join(Dir, 'example', 'prometheus-operator-crd', 'monitoring.coreos.com_podmonitors.yaml')
}
