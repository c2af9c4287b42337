/**
 * Source code finds files beside itself with `new URL('./x', import.meta.url)`. In a bundle it is not beside them any more: this esbuild
 * plugin points each such URL at where the bundle has the file, and fails the build for one that it does not know.
 */
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { ASSETS, ENTRIES } from './entries.ts'

const URL_OF = /new URL\((?<what>'[^']*'|`[^`]*`), import\.meta\.url\)/g

/** @param root folder that the paths of entries and assets start from */
export function besidePlugin(root: string): Plugin {
  return {
    name: 'beside',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path.includes('/node_modules/')) return undefined
        const source = await readFile(path, 'utf8')
        if (!source.includes('import.meta.')) return undefined
        const module = relative(root, path)
        try {
          return { contents: rewrite(source, module), loader: 'ts' }
        } catch (error) {
          return {
            errors: [{ text: error instanceof Error ? error.message : String(error), location: { file: module } }],
          }
        }
      })
    },
  }
}

/** @throws Error for a file that no entry and no asset folder has. */
export function rewrite(source: string, module: string): string {
  const folder = dirname(module)
  const out = source.replaceAll(URL_OF, (_whole, what: string) => {
    const path = what.slice(1, -1)
    if (path.endsWith('.ts')) {
      const target = join(folder, path)
      const entry = Object.entries(ENTRIES).find(([, file]) => file === target)
      if (!entry) throw new Error(`${module} loads ${target} by URL, and the bundle has no entry for it`)
      return `new URL('./${entry[0]}.mjs', import.meta .url)`
    }
    // a computed name is known up to where it is computed
    const known = join(folder, path.split('${')[0] ?? '')
    if (
      !ASSETS.some(
        asset => known.startsWith(asset.folder) || `${asset.folder}/`.startsWith(known.replace(/^\.\/?/, '')),
      )
    )
      throw new Error(`${module} reads ${known} by URL, and the bundle does not bring it`)
    return `new URL(${what}, new URL('./${folder}/', import.meta .url))`
  })
  const left = /import\.meta\.(?:url|dirname|filename)/.exec(out)
  if (left) throw new Error(`${module} uses ${left[0]} in a way that a bundle cannot follow`)
  return out
}
