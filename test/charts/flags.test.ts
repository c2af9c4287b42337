/** The flags that the chart renders are flags that the operator takes: it goes on to look for a cluster, and finds none. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

const SNAPSHOTS = 'test/charts/snapshots'

interface Deployment {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: string[] }[] } }
  }
}

function argsIn(file: string): string[] {
  const objects = parseAllDocuments(readFileSync(`${SNAPSHOTS}/${file}`, 'utf8')).map(d => d.toJS() as Deployment)
  const operator = objects.find(o => o.kind === 'Deployment' && o.metadata.name === 'switchboard-operator')
  return operator?.spec.template.spec.containers[0]?.args ?? []
}

function run(args: readonly string[]): Promise<{ code: unknown; err: string }> {
  const env = { ...process.env, KUBECONFIG: '/nonexistent', POD_NAMESPACE: 'switchboard-system' }
  return new Promise(resolve => {
    execFile(process.execPath, ['cli/main.ts', ...args], { env }, (error, _out, err) => {
      resolve({ code: error?.code, err })
    })
  })
}

const files = readdirSync(SNAPSHOTS).filter(file => file.endsWith('.yaml'))

it.each(files)('%s', { timeout: 30_000 }, async file => {
  const args = argsIn(file)
  expect(args.length).toBeGreaterThan(5)
  const { code, err } = await run(args)
  expect(err).toContain('SB_KUBE_CONFIG')
  expect(code).toBe(1)
})

it('and one that it does not take is found', { timeout: 30_000 }, async () => {
  const { code, err } = await run([...argsIn('defaults.yaml'), '--worker-cores=1'])
  expect(err).toContain("unknown option '--worker-cores=1'")
  expect(code).toBe(2)
})
