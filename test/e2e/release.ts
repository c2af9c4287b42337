/** Switchboard as a platform team installs it: both charts, and the example of an agent on a cluster. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { helm } from '#test/apiserver/binaries.ts'
import { exampleFor } from './example.ts'
import type { Place } from './place.ts'
import { valuesOf } from './values.ts'

export const SYSTEM = 'switchboard-system'
/** Of the example. */
export const AGENT = { namespace: 'acme', name: 'reception', trunks: 'telephony' } as const

const run = promisify(execFile)

/** Installs or upgrades both. @param otlp where workers send their traces @param tree of the sources that have the charts */
export async function installCharts(place: Place, otlp: string, tree = '.'): Promise<void> {
  const binary = await helm()
  const folder = mkdtempSync(join(tmpdir(), 'values-'))
  const values = join(folder, 'values.yaml')
  writeFileSync(values, JSON.stringify(valuesOf(place, otlp)))
  const env = { ...process.env, KUBECONFIG: place.kubeconfig }
  const install = ['upgrade', '--install', '--wait', '--timeout=3m']
  const system = ['-n', SYSTEM, '--create-namespace']
  try {
    await run(binary, [...install, 'switchboard-crds', join(tree, 'charts/switchboard-crds'), ...system], { env })
    await run(binary, [...install, 'switchboard', join(tree, 'charts/switchboard'), ...system, '-f', values], { env })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @throws Error with what is wrong, as the object itself says it */
export async function applyExample(place: Place, readySeconds: number, tree = '.'): Promise<void> {
  const { namespace, name } = AGENT
  // A test that broke off may have changed it by hand.
  await place.kube('apply', '--server-side', '--force-conflicts', '-f', exampleFor(place, tree))
  const ready = ['wait', '--for=condition=Ready', `voiceagent/${name}`, '-n', namespace, `--timeout=${readySeconds}s`]
  const said = await place.kube.try(ready)
  if (said.code === 0) return
  const described = await place.kube('describe', 'voiceagent', name, '-n', namespace)
  const pods = await place.kube('get', 'pods', '-A', '-o', 'wide')
  const log = await place.kube.try(['logs', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator', '--tail=15'])
  throw new Error(`the agent is not Ready:\n${described}\n${pods}\n${log.out}${log.err}`)
}

/** Takes agents, trunks and charts away, in the order that lets the operator finish. */
export async function removeAll(place: Place): Promise<void> {
  const gone = ['--ignore-not-found', '--wait=true', '--timeout=90s']
  await place.kube.try(['delete', 'voiceagents', '--all', '-A', ...gone])
  await place.kube.try(['delete', 'namespace', AGENT.namespace, AGENT.trunks, ...gone])
  await removeRelease(place, 'switchboard')
}

/** Of one of the two charts. */
export async function removeRelease({ kubeconfig }: Pick<Place, 'kubeconfig'>, name: string): Promise<void> {
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  await run(await helm(), ['uninstall', name, '-n', SYSTEM, '--wait', '--ignore-not-found'], { env })
}
