/** `switchboard validate`: checks manifests without a cluster. */
import { readFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { Command } from 'commander'
import type { Problem } from '#crds/problem.ts'
import type { Manifests } from '#crds/read-manifests.ts'
import { exitCodeOf, loadManifests } from './validate-load.ts'
import { NO_PAINT, type Paint, renderProblem, renderSummary } from './validate-render.ts'

export interface Validation {
  readonly problems: readonly Problem[]
  /** Sound objects of ours and the built-in ones they refer to. */
  readonly objects: number
  readonly files: number
  /** As `--help` says. */
  readonly exitCode: 0 | 1 | 2
}

/**
 * Checks the manifests of files and directories.
 *
 * @param strict a warning is as bad as an error
 */
export async function validate(paths: readonly string[], strict = false): Promise<Validation> {
  const manifests = await loadManifests(paths)
  const { problems } = manifests
  return {
    problems,
    objects: manifests.sources.size,
    files: filesOf(manifests).size,
    exitCode: exitCodeOf(problems, strict),
  }
}

function filesOf(manifests: Manifests): Set<string> {
  return new Set([...manifests.sources.values(), ...manifests.problems].map(({ file }) => file))
}

const HELP = `
Exit code: 0 when no manifest is wrong, perhaps with warnings; 1 when one is, or with --strict when there is a warning;
2 for a wrong flag, or when a file or directory is not there, cannot be read or holds nothing.`

export function validateCommand(): Command {
  return new Command('validate')
    .description('Checks manifests: what is wrong, where, and what to write. Needs no cluster.')
    .requiredOption('-f, --file <path...>', 'manifest or directory of manifests; may be given several times')
    .option('--json', 'print problems as JSON')
    .option('--strict', 'take warnings for errors, as a pipeline may want it')
    .addHelpText('after', HELP)
    .action(async (options: { file: string[]; json?: true; strict?: true }) => {
      const validation = await validate(options.file, options.strict)
      process.exitCode = validation.exitCode
      if (options.json) {
        console.log(JSON.stringify({ problems: validation.problems }, null, 2))
        return
      }
      const paint = process.stdout.isTTY && !process.env['NO_COLOR'] ? COLOURS : NO_PAINT
      const lineOf = lineReader()
      for (const problem of validation.problems) console.log(renderProblem(problem, lineOf(problem), paint))
      console.log(renderSummary(validation.objects, validation.files, validation.problems))
    })
}

const COLOURS: Paint = {
  bold: text => styleText('bold', text),
  red: text => styleText(['bold', 'red'], text),
  yellow: text => styleText(['bold', 'yellow'], text),
  blue: text => styleText('blue', text),
  dim: text => styleText('dim', text),
}

/** Lines of files, each file read once. */
function lineReader(): (problem: Problem) => string | undefined {
  const files = new Map<string, string[]>()
  return ({ file, line }) => {
    let lines = files.get(file)
    if (!lines) {
      try {
        lines = readFileSync(file, 'utf8').split(/\r?\n/)
      } catch {
        lines = []
      }
      files.set(file, lines)
    }
    return lines[line - 1]
  }
}
