/** What a part of a bundle is made of, by esbuild's metafile. */
import type { Metafile } from 'esbuild'

/**
 * Outputs that are loaded together with the one that carries `module`: itself and what it imports statically. What `import()` would bring
 * later is left out, for it is only loaded when it is asked for.
 * @throws Error when no output carries the module: a check of nothing must not pass.
 */
export function loadedWith(meta: Metafile, module: string): string[] {
  const start = Object.entries(meta.outputs).find(([, output]) => output.entryPoint === module)
  if (!start) throw new Error(`no output of the bundle has ${module} as its entry`)
  const seen = new Set([start[0]])
  for (const path of seen)
    for (const { path: next, kind, external } of meta.outputs[path]?.imports ?? [])
      if (external !== true && kind !== 'dynamic-import') seen.add(next)
  return [...seen]
}

/** Source files in those outputs that end up as code. */
export function sourcesIn(meta: Metafile, outputs: readonly string[]): string[] {
  const sources = outputs.flatMap(path =>
    Object.entries(meta.outputs[path]?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  )
  return [...new Set(sources.map(([path]) => path))].sort()
}

export function bytesOf(meta: Metafile, outputs: readonly string[]): number {
  return outputs.reduce((sum, path) => sum + (meta.outputs[path]?.bytes ?? 0), 0)
}

/** Names of npm packages in the bundle. */
export function packagesIn(meta: Metafile): string[] {
  const names = Object.keys(meta.inputs).map(
    path => /(?:^|\/)node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\//.exec(path)?.groups?.['name'],
  )
  return [...new Set(names.filter(name => name !== undefined))].sort()
}
