/** Writes what is made from the schemas and the error registry; with `--check` only compares, and fails when a file is not what it should be. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { renderTelemetryDocs } from '#telemetry/docs.ts'
import { capabilitiesPage } from './capabilities.ts'
import { crdYaml, KINDS } from './crd.ts'
import { editorSchema } from './editor-schema.ts'
import { errorsPage } from './errors-page.ts'
import { referencePage } from './reference.ts'
import { valuesPage } from './values-page.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** All generated files by their path in the repository. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...KINDS.map(kind => [`charts/switchboard-crds/definitions/${kind.plural}.yaml`, crdYaml(kind)] as const),
    ['crds/generated/switchboard.schema.json', editorSchema()],
    ['docs/reference.md', referencePage()],
    ['docs/capabilities.md', capabilitiesPage()],
    ['docs/errors.md', await errorsPage(ROOT)],
    ['docs/telemetry.md', renderTelemetryDocs()],
    ['docs/values.md', valuesPage(ROOT)],
  ])
}

/** The generated files that are not on disk as they should be. */
export async function drift(files: ReadonlyMap<string, string>, root: string = ROOT): Promise<string[]> {
  const stale: string[] = []
  for (const [path, wanted] of files) {
    const there = await readFile(join(root, path), 'utf8').catch(() => null)
    if (there !== wanted) stale.push(path)
  }
  return stale
}

async function main(check: boolean): Promise<number> {
  const files = await generatedFiles()
  const stale = await drift(files)
  if (check) {
    for (const path of stale)
      console.error(`${path} is not what the sources say: run \`npm run generate\` and commit it`)
    return stale.length === 0 ? 0 : 1
  }
  for (const path of stale) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true })
    await writeFile(join(ROOT, path), files.get(path) ?? '')
    console.log(`wrote ${path}`)
  }
  if (stale.length === 0) console.log('everything is up to date')
  return 0
}

if (import.meta.main) process.exitCode = await main(process.argv.includes('--check'))
