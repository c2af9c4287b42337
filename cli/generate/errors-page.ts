/** docs/errors.md: every error of every area, from the registry. */
import { glob } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ErrorDefinition, registeredErrors } from '#errors/registry.ts'

const NOT_OURS = ['node_modules', 'out', 'dist', '.cache']

/** Imports every errors.ts under a directory, which registers what it defines. */
export async function errorsPage(root: string): Promise<string> {
  for await (const file of glob('**/errors.ts', { cwd: root, exclude: name => NOT_OURS.includes(name) })) {
    await import(pathToFileURL(resolve(join(root, file))).href)
  }
  return renderErrors(registeredErrors())
}

const AREAS: Readonly<Record<string, string>> = {
  API: 'Manifests and the API',
  CALL: 'Calls',
  CALLER: 'The caller',
  CLI: 'Command line',
  DEMO: 'The demo',
  FLEETS: 'Fleets',
  KUBE: 'Kubernetes',
  LEDGER: 'Records',
  LOADS: 'Workers and their loads',
  MEDIA: 'Audio',
  RTP: 'RTP',
  SESSION: 'Model sessions',
  SIMULATOR: 'Simulators',
  SIP: 'SIP',
  TELEMETRY: 'Telemetry',
  TOKENS: 'Tokens',
  TOOL: 'Tools',
  WORKER: 'Worker',
}

export function renderErrors(errors: readonly ErrorDefinition[]): string {
  const areas = Map.groupBy(errors, e => e.code.split('_')[1] ?? '')
  const sections = [...areas.keys()].sort().map(area => {
    const lines = (areas.get(area) ?? []).map(e => `| \`${e.code}\` | ${cell(e.message)} | ${cell(e.help)} |`)
    return [
      `## ${AREAS[area] ?? area}`,
      ['| code | message | what to do |', '|---|---|---|', ...lines].join('\n'),
    ].join('\n\n')
  })
  return `${[HEAD, ...sections].join('\n\n')}\n`
}

const HEAD = `# Errors

<!-- Made from every errors.ts by \`npm run generate\`: change those, not this file. -->

A code never changes its meaning. It is the same in messages, logs, conditions, events, traces and SIP reasons. \`…\` stands for what the message names.`

function cell(text: string): string {
  return text.replaceAll('%s', '…').replaceAll('|', '\\|').replaceAll('\n', ' ')
}
