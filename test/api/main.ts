/**
 * `npm run api -- [--crds] [--optional] [FILE …]`: has everything there that tests of the API need, then runs them. `--crds`: only those of the
 * CRDs, for another version of Kubernetes. `--optional`: where the machine cannot have a real API server, says so and is no failure; in CI it is.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { binary, chosenVersion, helm, toolVersion } from '#test/apiserver/binaries.ts'
import { helmFour } from '#test/apiserver/helm-four.ts'

const CRDS = ['test/api', '--exclude', 'test/api/operator/**']
const VITEST = join('node_modules', 'vitest', 'vitest.mjs')

const say = (line: string): void => console.error(line)
const given = new Set(process.argv.slice(2))
const optional = given.delete('--optional') && process.env['CI'] === undefined
const files = given.delete('--crds') ? CRDS : []

try {
  const version = chosenVersion()
  await binary('kube-apiserver', version, say)
  for (const name of ['etcd', 'kubectl'] as const) await binary(name, toolVersion(version), say)
  await helm(say)
  await helmFour(say)
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  say(`The tests of the API did not run, for a real API server cannot be had on this machine:\n  ${why}`)
  say(optional ? 'All others did. In CI this is a failure.' : 'See test/apiserver/README.md.')
  process.exit(optional ? 0 : 1)
}

const args = [VITEST, 'run', '--config', 'test/api/vitest.config.ts', ...files, ...given]
const vitest = spawn(process.execPath, args, { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => vitest.kill(signal))
vitest.on('exit', code => {
  process.exitCode = code ?? 1
})
