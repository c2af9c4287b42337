/** Builds a command of somebody else's Go module, with a go.mod of ours that pins all it is made of. */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

export interface GoBuild {
  readonly package: string
  /** Folder with the go.mod and go.sum. */
  readonly modules: string
  /** For progress: `kubectl 1.34.4`. */
  readonly title: string
  /** Texts that the linker sets, by the path of the variable: what `--version` is to say. */
  readonly variables: Readonly<Record<string, string>>
  readonly output: string
  readonly log: (line: string) => void
}

const PROGRESS_MS = 15_000

/**
 * Builds; the binary appears whole or not at all. `SWITCHBOARD_GO_JOBS` says how many compilers may run at a time (default: one per CPU).
 * @throws Error with what Go said last
 */
export async function goBuild(build: GoBuild): Promise<void> {
  const name = build.title
  await requireModules(build)
  // Outside the tree: Go writes into the folder of a go.mod when it sees fit.
  const folder = await mkdtemp(join(tmpdir(), 'go-build-'))
  const started = performance.now()
  const seconds = (): string => `${Math.round((performance.now() - started) / 1000)} s`
  let packages = 0
  const timer = setInterval(() => {
    build.log(`${name}: building, ${seconds()}, ${packages} packages compiled`)
  }, PROGRESS_MS)
  try {
    build.log(`${name}: not there yet; built from source once, into ${dirname(build.output)}`)
    await cp(build.modules, folder, { recursive: true })
    await runGo(build, folder, () => packages++)
    await mkdir(dirname(build.output), { recursive: true })
    // Renaming is atomic within a file system, and the temporary folder may be on another.
    const near = `${build.output}.${process.pid}`
    await cp(join(folder, 'built'), near)
    await rename(near, build.output)
    build.log(`${name}: built in ${seconds()}`)
  } finally {
    clearInterval(timer)
    await rm(folder, { recursive: true, force: true })
  }
}

async function requireModules({ modules, title }: GoBuild): Promise<void> {
  const there = await readdir(modules).catch((): string[] => [])
  if (there.includes('go.mod') && there.includes('go.sum')) return
  const known = await readdir(dirname(modules)).catch((): string[] => [])
  const pinned = known.filter(entry => /-\d/.test(entry)).join(', ')
  throw new Error(`${title} cannot be built: ${dirname(modules)} pins ${pinned}, and no ${basename(modules)}`)
}

const NO_GO =
  'Go is needed to build Kubernetes for tests, and there is no `go` on the PATH: install Go 1.26 or later (https://go.dev/dl), ' +
  'or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl'

async function runGo(build: GoBuild, cwd: string, onPackage: () => void): Promise<void> {
  const jobs = process.env['SWITCHBOARD_GO_JOBS'] ?? String(availableParallelism())
  const set = Object.entries(build.variables).map(([name, value]) => `-X ${name}=${value}`)
  const ldflags = ['-s', '-w', ...set].join(' ')
  const args = ['build', '-v', '-mod=readonly', '-buildvcs=false', '-trimpath', '-p', jobs, '-ldflags', ldflags]
  const go = spawn('go', [...args, '-o', 'built', build.package], {
    cwd,
    env: { ...process.env, CGO_ENABLED: '0', GOMAXPROCS: jobs, GOWORK: 'off' },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const said: string[] = []
  createInterface(go.stderr).on('line', line => {
    // -v names each package as it is compiled; anything else is worth telling.
    if (/^[\w.~/-]+$/.test(line)) onPackage()
    else if (!line.startsWith('go: downloading')) said.push(line)
  })
  const end = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    go.on('error', error => reject('code' in error && error.code === 'ENOENT' ? new Error(NO_GO) : error))
    go.on('close', (code, signal) => resolve(code ?? signal))
  })
  if (end !== 0) throw new Error(`go build ${build.package} failed (${end}):\n${said.slice(-20).join('\n')}`)
}
