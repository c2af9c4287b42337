/** The operator as the chart installs it, on an API server without nodes: its flags, its account, its rights; a process in place of a pod. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { established } from '#test/api/crds.ts'
import type { ApiServer } from '#test/apiserver/api-server.ts'
import { type Child, start } from '#test/phones/process.ts'
import { CHART, CRD_CHART, NAMESPACE, RELEASE } from './chart.ts'
import type { Helm } from './helm.ts'

export interface Installed {
  readonly operator: Child
  stop(): Promise<void>
}

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: string[] }[] } }
  }
}

/** @throws Error with what Helm, kubectl or the operator said */
export async function installOperator(server: ApiServer, helm: Helm, ...values: readonly string[]): Promise<Installed> {
  const must = async (args: readonly string[]): Promise<void> => {
    const said = await helm(...args)
    if (said.code !== 0) throw new Error(`helm ${args.join(' ')}: ${said.err}`)
  }
  await must(['install', 'switchboard-crds', CRD_CHART])
  await established(server.client, 'VoiceAgent')
  await must(['install', RELEASE, CHART, '-n', NAMESPACE, '--create-namespace', ...values])
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/switchboard-operator`
  const deployment = (await server.client.request('GET', path)).body as Deployment
  const args = deployment.spec.template.spec.containers[0]?.args ?? []
  const folder = mkdtempSync(join(tmpdir(), 'installed-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, await kubeconfigOf(server), { mode: 0o600 })
  const env = { ...process.env, KUBECONFIG: kubeconfig, POD_NAMESPACE: NAMESPACE, POD_NAME: 'operator-0' }
  const local = ['--http-host', '127.0.0.1', '--http-port', '0']
  const operator = start(process.execPath, ['cli/main.ts', ...args, ...local], { env })
  return {
    operator,
    stop: async () => {
      await operator.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** For the operator's own account: a token as a pod of it would have. */
async function kubeconfigOf({ access, kubectl }: ApiServer): Promise<string> {
  const made = await kubectl(['create', 'token', 'switchboard-operator', '-n', NAMESPACE, '--duration=1h'])
  if (made.code !== 0) throw new Error(made.err)
  const cluster = { server: access.url, 'certificate-authority-data': Buffer.from(access.ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'operator', user: { token: made.out.trim() } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'operator' } }],
    'current-context': 'test',
  })
}
