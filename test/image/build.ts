/** Bundles the command line into `dist/`: one chunk per command, loaded when the command is asked for, data files beside them. */
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { besidePlugin } from './beside.ts'
import { ASSETS, ENTRIES } from './entries.ts'
import { packagesIn } from './inputs.ts'

/** Bundled CommonJS asks for `require` when it wants a built-in module. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

/**
 * A worker's garbage is young and plenty: what one packet leaves is dead before the next. With the default of 16 MB the young generation counts for
 * so much that the whole heap is marked every few seconds; with 8 MB it is not, and a worker of 100 calls is 40 MB smaller.
 */
const STARTER = `#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --max-semi-space-size=8
import '../switchboard.mjs'
`

/** @returns esbuild's account of what went where */
export async function buildBundles(root: string, outdir: string): Promise<Metafile> {
  await rm(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...ENTRIES },
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: REQUIRE },
    minifySyntax: true,
    metafile: true,
    logLevel: 'warning',
    plugins: [besidePlugin(root)],
  })
  for (const { folder, files } of ASSETS) await copyAssets(join(root, folder), join(outdir, folder), files)
  await mkdir(join(outdir, 'bin'))
  await writeFile(join(outdir, 'bin', 'switchboard'), STARTER)
  await chmod(join(outdir, 'bin', 'switchboard'), 0o755)
  const { name, version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Package
  await writeFile(join(outdir, 'package.json'), `${JSON.stringify({ name, version, license, type: 'module' })}\n`)
  await writeFile(join(outdir, 'THIRD-PARTY.txt'), await licences(root, packagesIn(metafile)))
  return metafile
}

interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
}

async function copyAssets(from: string, to: string, files: RegExp): Promise<void> {
  const names = (await readdir(from)).filter(name => files.test(name))
  if (names.length === 0) throw new Error(`${from} has no file like ${String(files)}`)
  await mkdir(to, { recursive: true })
  for (const name of names) await copyFile(join(from, name), join(to, name))
}

/** The licence texts of what is bundled, which have to travel with it. */
async function licences(root: string, packages: readonly string[]): Promise<string> {
  const parts: string[] = []
  for (const name of packages) {
    const folder = join(root, 'node_modules', name)
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Package
    const file = (await readdir(folder)).find(entry => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? '' : `\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`
    parts.push(`${name} ${version} (${license})\n${text}`)
  }
  return parts.join(`\n${'-'.repeat(80)}\n\n`)
}
