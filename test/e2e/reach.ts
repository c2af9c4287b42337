/** Who reaches whom over TCP: from where phones are, and from inside a pod. */
import type { Pod } from './kube.ts'
import type { Place } from './place.ts'

/** Longer than any answer on one machine takes; what drops packets never answers. */
const WAIT_MS = 2000

/** From a phone. */
export async function outsideReaches(place: Place, address: string, port: number): Promise<boolean> {
  return (await place.outside(process.execPath, ['-e', connectTo(address, port)]).exited) === 0
}

/** From a container with Node in it. */
export async function podReaches(place: Place, pod: Pod, address: string, port: number): Promise<boolean> {
  const { name, namespace } = pod.metadata
  const said = await place.kube.try(['-n', namespace, 'exec', name, '--', 'node', '-e', connectTo(address, port)])
  // A refusal has come from there, so it was reached. Anything else but a time-out is a broken test.
  if (said.code !== 0 && !said.err.includes('exit code 7')) throw new Error(`${name}: ${said.err}`)
  return said.code === 0
}

function connectTo(address: string, port: number): string {
  return `const s = require('node:net').connect(${port}, '${address}')
s.on('connect', () => process.exit(0)).on('error', e => process.exit(e.code === 'ECONNREFUSED' ? 0 : 7))
setTimeout(() => process.exit(7), ${WAIT_MS})`
}
