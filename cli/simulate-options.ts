/** Options that the simulated providers have in common. */
import { InvalidArgumentError, Option } from 'commander'

export function speechOption(): Option {
  return new Option('--speech <kind>', 'words: recorded clips; watermark: every 20 ms names item and offset')
    .choices(['words', 'watermark'])
    .default('words')
}

/** When Ctrl-C is pressed. */
export function stopped(): Promise<void> {
  return new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}

export function integer(value: string): number {
  const port = Number(value)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535')
  return port
}

export function positive(value: string): number {
  const number = Number(value)
  if (!(number > 0)) throw new InvalidArgumentError('must be a number above 0')
  return number
}

export function collect(value: string, before: string[]): string[] {
  return [...before, value]
}
