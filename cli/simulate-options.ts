/** Options that what is simulated has in common. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { SpeechKind } from '#simulators/realtime/utterance.ts'

/** Of everything that listens. */
export interface PlaceFlags {
  readonly port: number
  readonly host: string
  readonly script?: string
}

/** Of a simulated model. */
export interface ModelFlags extends PlaceFlags {
  readonly speech: SpeechKind
  readonly latency: number
  readonly speed: number
  readonly badKey: string[]
}

interface Place {
  readonly description: string
  readonly port: number
  /** What the port and the script are of. */
  readonly portOf: string
  readonly scriptOf: string
}

/** A subcommand for something that listens somewhere and follows a script. */
export function placeCommand(name: string, { description, port, portOf, scriptOf }: Place): Command {
  return new Command(name)
    .description(description)
    .option('--port <number>', `${portOf}, 0 for a free one`, integer, port)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--script <file>', scriptOf)
}

/** A subcommand for a simulated model. */
export function modelCommand(
  name: string,
  { description, port, latency }: Pick<Place, 'description' | 'port'> & { readonly latency: string },
): Command {
  return placeCommand(name, {
    description,
    port,
    portOf: 'port to listen on',
    scriptOf: 'what the model says and does (YAML)',
  })
    .addOption(
      new Option('--speech <kind>', 'words: recorded clips; watermark: every 20 ms names item and offset')
        .choices(['words', 'watermark'])
        .default('words'),
    )
    .option('--latency <ms>', latency, positive, 250)
    .option('--speed <times>', 'how much faster than real time sound comes', positive, 4)
    .option('--bad-key <key>', 'an API key to refuse (repeatable)', collect, [])
}

/** What every simulated model is started with. */
export function modelOptions({ port, host, script, speech, latency, speed, badKey }: ModelFlags) {
  return {
    port,
    host,
    ...(script === undefined ? {} : { script }),
    speech,
    pace: { latencyMs: latency, speed },
    badKeys: badKey,
  }
}

/** When Ctrl-C is pressed. */
export function stopped(): Promise<void> {
  return new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}

function integer(value: string): number {
  const port = Number(value)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535')
  return port
}

export function positive(value: string): number {
  const number = Number(value)
  if (!(number > 0)) throw new InvalidArgumentError('must be a number above 0')
  return number
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}
