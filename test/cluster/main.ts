/** `make cluster`, `make cluster-down`: a Kubernetes of two nodes on this machine, and its end. */
import { takeDown } from './down.ts'
import { recorded } from './journal.ts'
import { kubeconfigOf } from './keys.ts'
import { CONTROL, EDGE, NODES, OUTSIDE } from './plan.ts'
import { say } from './progress.ts'
import { bringUp } from './up.ts'

const USAGE = 'usage: node test/cluster/main.ts up | down'

async function up(): Promise<void> {
  const made = await bringUp(say)
  say(made ? 'the cluster is up' : 'the cluster is running already')
  const nodes = NODES.map(({ node, address }) => `${node} ${address}`).join(', ')
  console.log(`
  export KUBECONFIG=${kubeconfigOf('admin')}

  API server ${CONTROL.address}, ${nodes}
  phones     ip netns exec ${OUTSIDE.name} …   reach ${OUTSIDE.edge} (the edge, ${EDGE.address} inside) and nothing else
  take down  make cluster-down`)
}

async function down(): Promise<void> {
  if (recorded().length === 0) return say('there is no cluster')
  const removed = await takeDown(say)
  say(`the cluster is gone: ${removed} things removed`)
}

try {
  const [command] = process.argv.slice(2)
  if (command === 'up') await up()
  else if (command === 'down') await down()
  else {
    console.error(USAGE)
    process.exitCode = 2
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
