import { type Command, Option } from 'commander'
import { monotonicMs } from '#simulators/caller/clock.ts'
import { type PersonOptions, startPerson } from '#simulators/caller/person.ts'
import { callerWords, timelineLine } from './call-lines.ts'
import { durationFlag } from './call-options.ts'
import { styleFor } from './show/style.ts'
import { type PlaceFlags, placeCommand, stopped } from './simulate-options.ts'

interface Flags extends PlaceFlags {
  readonly ring: number
  readonly answer: keyof typeof ANSWERS
}

/** What becomes of a call, as the status that says it. */
const ANSWERS = { yes: undefined, busy: 486, declined: 603, 'no-answer': null } as const

/** `switchboard simulate person`: somebody's phone on this machine, for agents to put callers through to, until Ctrl-C. */
export function simulatePersonCommand(): Command {
  return placeCommand('person', {
    description:
      'somebody’s phone on this machine, for agents to put callers through to: rings, is answered, speaks, or is busy',
    port: 5080,
    portOf: 'SIP port (UDP and TCP)',
    scriptOf: 'what they do once they have answered (YAML, as for `switchboard call`)',
  })
    .addOption(new Option('--ring <time>', 'rings so long before that').argParser(durationFlag).default(1000, '1s'))
    .addOption(new Option('--answer <how>', 'whether they answer').choices(Object.keys(ANSWERS)).default('yes'))
    .action(run)
}

async function run({ port, host, script, ring, answer }: Flags): Promise<void> {
  const style = styleFor(process.stdout, process.env)
  const status = ANSWERS[answer]
  const options: PersonOptions = {
    address: host,
    port,
    ringMs: ring,
    ...(script !== undefined && { script }),
    ...(status !== undefined && { status }),
  }
  const person = await startPerson(options)
  console.log(`A person's phone at sip:${person.address}:${person.port} (UDP and TCP). Ctrl-C ends it.`)
  person.onCall(call => {
    const origin = monotonicMs()
    call.onEvent(event => {
      const words = callerWords(event, style, 'the person')
      if (!words) return
      // to whoever holds this phone, the other side is the caller
      const who = ({ caller: 'person', agent: 'caller' } as const)[words.who as 'caller' | 'agent'] ?? words.who
      console.log(timelineLine(event.t - origin, who, words.text, style))
    })
  })
  await stopped()
  await person.close()
}
