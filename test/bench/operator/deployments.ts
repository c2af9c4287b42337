/** The baseline: as many Deployments of one such pod each, by the controllers that Kubernetes brings. */
import type { Report } from '#test/harness/report.ts'
import { cpuMs } from '#test/measure/process-stat.ts'
import { Audit, sum } from './audit.ts'
import { DEPLOYMENTS, makeDeployments, namespaces, PODS_OF_DEPLOYMENTS, type Template } from './load.ts'
import type { Stage } from './stage.ts'
import { countWhere, reachedAloud } from './watch.ts'

/** What Deployments took, of each the whole that is set beside agents. */
export interface Baseline {
  /** Until every Deployment says that its pod is available. */
  readonly seconds: number
  /** Of CPU, each: of the controller manager, and of the API server. */
  readonly controllersMs: number
  readonly serverMs: number
}

export async function measureDeployments(
  report: Report,
  { server, audit: file, controllersPid }: Stage,
  count: number,
  template: Template,
  patienceMs: number,
): Promise<Baseline> {
  const { access, client } = server
  const audit = new Audit(file)
  await audit.writesOf('')
  const available = countWhere(
    access,
    DEPLOYMENTS,
    ({ metadata, status }) =>
      status?.availableReplicas === 1 && (status.observedGeneration ?? 0) >= metadata.generation,
  )
  const pods = countWhere(access, PODS_OF_DEPLOYMENTS, () => true)
  const [began, controllers, served] = [performance.now(), cpuMs(controllersPid), cpuMs(server.pid)]
  await makeDeployments(client, count, template)
  const availableAt = await reachedAloud(available, count, patienceMs, so =>
    report.note(`${so} of ${count} Deployments are available`),
  )
  const seconds = (availableAt - began) / 1000
  const controllersMs = (cpuMs(controllersPid) - controllers) / count
  const serverMs = (cpuMs(server.pid) - served) / count
  const writes = sum(await audit.writesOf('kube-controller-manager'))
  report.row({ name: 'Deployments of the same pods: all available', value: seconds, unit: 's', ok: true })
  report.row({
    name: 'Deployments: writes of the controller manager, each',
    value: writes / count,
    ok: true,
  })
  report.row({ name: 'Deployments: CPU of the controller manager, each', value: controllersMs, unit: 'ms', ok: true })
  report.row({ name: 'Deployments: CPU of the API server, each', value: serverMs, unit: 'ms', ok: true })
  for (const namespace of namespaces(count))
    await client.request('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
    })
  await reachedAloud(pods, 0, patienceMs, left => report.note(`${left} pods of Deployments are left`))
  await available.close()
  await pods.close()
  return { seconds, controllersMs, serverMs }
}
