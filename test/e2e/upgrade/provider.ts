/** A provider of the test's own: the chart's simulator is replaced with the chart, and calls would lose their sessions to it. */
import { stringify } from 'yaml'
import { SIMULATOR_SCRIPT } from '../conversation.ts'
import type { Place } from '../place.ts'

const NAMESPACE = 'provider'
const NAME = 'simulator'
const PORT = 8090
const READY = '--timeout=120s'

export async function runProvider({ kube, image }: Place): Promise<string> {
  const labels = { app: NAME }
  const metadata = { namespace: NAMESPACE, name: NAME }
  const container = {
    name: NAME,
    image,
    args: ['simulate', 'realtime', '--host=0.0.0.0', `--port=${PORT}`, '--script=/script/script.yaml'],
    readinessProbe: { httpGet: { path: '/_sim', port: PORT }, periodSeconds: 1 },
    volumeMounts: [{ name: 'script', mountPath: '/script' }],
  }
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'script.yaml': SIMULATOR_SCRIPT } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: PORT }] } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [container], volumes: [{ name: 'script', configMap: { name: NAME } }] },
        },
      },
    },
  ]
  await kube.apply(objects.map(object => stringify(object)).join('---\n'))
  await kube('-n', NAMESPACE, 'rollout', 'status', `deployment/${NAME}`, READY)
  return `http://${NAME}.${NAMESPACE}:${PORT}/v1`
}

export async function removeProvider({ kube }: Place): Promise<void> {
  await kube.try(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false'])
}
