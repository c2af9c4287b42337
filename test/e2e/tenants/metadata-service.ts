/** What a cloud has at its link-local address, on every node: without it, silence there proves nothing. */
import { NODES } from '#test/cluster/plan.ts'
import { comes } from '../comes.ts'
import type { Machines } from '../place.ts'

const ADDRESS = '169.254.169.254'
/** Ends when it is asked to, and by itself should nobody be left to ask. */
const SERVE = `
const server = require('node:http').createServer((request, response) => {
  response.end('credentials')
  if (request.url === '/stop') setTimeout(() => process.exit(0), 50)
})
server.listen(80, '${ADDRESS}')
setTimeout(() => process.exit(0), 600_000)
`
const GET = `fetch('http://${ADDRESS}' + process.argv[1]).then(() => process.exit(0), () => process.exit(1))`

export async function openMetadata(machines: Machines): Promise<{ close(): Promise<void> }> {
  const get = (node: string, path: string): Promise<boolean> =>
    machines.onNode(node, process.execPath, ['-e', GET, path]).then(
      () => true,
      () => false,
    )
  const ended = NODES.map(async ({ node }) => {
    await machines.onNode(node, 'ip', ['address', 'replace', `${ADDRESS}/32`, 'dev', 'lo'])
    await machines.onNode(node, process.execPath, ['-e', SERVE])
  })
  for (const { node } of NODES) await comes(() => get(node, '/'), 20_000, `a metadata service answers on ${node}`)
  return {
    close: async () => {
      for (const { node } of NODES) await get(node, '/stop')
      await Promise.allSettled(ended)
      for (const { node } of NODES) await machines.onNode(node, 'ip', ['address', 'del', `${ADDRESS}/32`, 'dev', 'lo'])
    },
  }
}
