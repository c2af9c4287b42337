/** All programs of the cluster that are built from Go modules, built where they are not there yet. */
import { join } from 'node:path'
import { binary, cacheFolder, chosenVersion, coreDns, isExecutable, networkPolicies } from '#test/apiserver/binaries.ts'
import { goBuild } from '#test/apiserver/go-build.ts'
import type { ControlBinaries } from './control-plane.ts'
import type { NodeBinaries } from './node.ts'
import type { Say } from './progress.ts'

export interface Binaries extends ControlBinaries, NodeBinaries {
  readonly coredns: string
  readonly pause: string
  readonly 'kube-network-policies': string
}

export async function clusterBinaries(say: Say): Promise<Binaries> {
  const version = chosenVersion()
  const etcd = await binary('etcd', version, say)
  return {
    etcd,
    'kube-apiserver': await binary('kube-apiserver', version, say),
    'kube-controller-manager': await binary('kube-controller-manager', version, say),
    'kube-scheduler': await binary('kube-scheduler', version, say),
    kubectl: await binary('kubectl', version, say),
    kubelet: await binary('kubelet', version, say),
    'kube-proxy': await binary('kube-proxy', version, say),
    coredns: await coreDns(say),
    pause: await pause(say),
    'kube-network-policies': await networkPolicies(say),
  }
}

async function pause(log: Say): Promise<string> {
  const output = join(cacheFolder(), 'pause', '1', 'bin', 'pause')
  if (await isExecutable(output)) return output
  const modules = join(import.meta.dirname, 'pause')
  await goBuild({ package: '.', modules, title: 'pause 1', variables: {}, output, log })
  return output
}
