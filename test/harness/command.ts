/** The command line that conformance, bench, soak and sabotage share: suites by name, `--json FILE`, and options of the suite. */
import { parseArgs } from 'node:util'
import { Report } from './report.ts'

export interface Options {
  /** Values of `--name value` given after the suite's name. */
  readonly [name: string]: string | undefined
}

export interface Suite {
  /** One line for `--help`. */
  readonly about: string
  /** Loaded only when it runs. */
  readonly load: () => Promise<{ run: (report: Report, options: Options) => Promise<void> }>
}

/**
 * Runs the suites named on the command line (all of them when none is named and `all` is allowed) and sets the exit code.
 * Unknown names print what there is, and exit with 2.
 */
export async function runSuites(
  kind: string,
  suites: Readonly<Record<string, Suite>>,
  argv = process.argv.slice(2),
): Promise<void> {
  const { values, positionals } = parse(argv)
  const names = positionals.length > 0 ? positionals : Object.keys(suites)
  const bad = names.filter(n => !(n in suites))
  if (values['help'] !== undefined || bad.length > 0) {
    for (const name of bad) process.stdout.write(`there is no ${kind} suite "${name}"\n`)
    process.stdout.write(usage(kind, suites))
    process.exitCode = bad.length > 0 ? 2 : 0
    return
  }
  let code = 0
  for (const name of names) {
    const report = new Report(`${kind} ${name}`)
    try {
      const suite = await suites[name]?.load()
      await suite?.run(report, values)
    } catch (error) {
      report.check(
        `${name} ran to its end`,
        false,
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      )
    }
    const json = values['json']
    code ||= await report.finish(
      json !== undefined && names.length > 1 ? `${json.replace(/\.json$/, '')}-${name}.json` : json,
    )
  }
  // Sockets and children of a suite that failed half-way must not keep the command alive.
  process.exit(code)
}

function parse(argv: readonly string[]): { values: Options; positionals: string[] } {
  const values: Record<string, string> = {}
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true, allowPositionals: true })
  const positionals: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) continue
    if (token.kind === 'option') {
      const next = tokens[i + 1]
      if (token.inlineValue === true) values[token.name] = token.value
      else if (next?.kind === 'positional') {
        values[token.name] = next.value
        i++
      } else values[token.name] = ''
    } else if (token.kind === 'positional') positionals.push(token.value)
  }
  return { values, positionals }
}

function usage(kind: string, suites: Readonly<Record<string, Suite>>): string {
  const lines = Object.entries(suites).map(([name, s]) => `  ${name.padEnd(16)} ${s.about}`)
  return `usage: npm run ${kind} -- [SUITE …] [--json FILE] [--option value …]\n\n${lines.join('\n')}\n`
}
