/** The model hands the caller to a person: over SIP by a second leg, over a media stream by the carrier. */
import { findClip } from '#simulators/caller/find-clip.ts'
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import { decode } from '#simulators/watermark/decode.ts'
import { type PhoneLine, untilSilent } from '#test/phones/line.ts'
import { sleep } from '#test/phones/process.ts'
import { heardMark, PERSON_MARK, ringbackMs } from '../../transfer/stage.ts'
import type { Column } from '../column.ts'
import { wasWhole } from '../general.ts'

const SAYS = 'yes'
const REACHED_MS = 20_000
const LOOK_MS = 200
/** Of what is looked at: a few frames of the watermark. */
const LOOKED_SAMPLES = 3200
/** The person says a second over and over: so much of it is heard while the caller speaks. */
const LEAST_FRAMES = 40
const RINGS_MS = 600

async function untilPerson(line: PhoneLine): Promise<void> {
  for (const end = performance.now() + REACHED_MS; ; await sleep(LOOK_MS)) {
    if (decode(line.heardSoFar().subarray(-LOOKED_SAMPLES)).some(({ item }) => item === PERSON_MARK)) return
    if (line.over || performance.now() > end) throw new Error('the caller never heard the person')
  }
}

export const transfer: Column = {
  name: 'transfer',
  agent: ({ trunk, desk }) => ({
    destinations: [{ name: 'desk', to: { number: desk }, trunkRef: { name: trunk }, ring: '10s' }],
    callControl: { transfer: { to: ['desk'] } },
  }),
  script: {
    turns: [
      {
        on: 'caller',
        items: [
          { say: 'One moment, I will put you through.', ms: 1500 },
          { call: 'transfer_call', arguments: { destination: 'desk' } },
        ],
      },
    ],
  },
  talk: async line => {
    await untilSilent(line)
    line.say('no')
    await untilPerson(line)
    line.say(SAYS)
    await sleep(2000)
    line.hangUp()
    await sleep(800)
  },
  judge: ({ call, items, desk, people }) => {
    const faults: string[] = []
    const [words, person] = [items[1], people[0]]
    if (words === undefined || !wasWhole(words)) faults.push('the words before it were not heard whole')
    const rang = ringbackMs(call.heard)
    if (rang < RINGS_MS) faults.push(`it rang for ${rang} ms`)
    const { frames, missing } = heardMark(call.heard, PERSON_MARK)
    if (frames < LEAST_FRAMES || missing > frames / 10)
      faults.push(`${frames} frames of the person were heard, ${missing} are missing`)
    if (people.length !== 1 || person?.number !== desk || !person.answered)
      faults.push(`reached: ${people.map(({ number }) => number).join(', ') || 'nobody'}`)
    const said = expand('ulaw', clip('caller', SAYS)?.ulaw ?? new Uint8Array(0))
    const found = person === undefined ? null : findClip(person.heard, said)
    if (found === null || found.heard < said.length * 0.7) faults.push('the person did not hear the caller')
    if (person?.over !== true) faults.push('the person was not hung up on with the caller')
    return { faults, says: `rang ${rang} ms, both heard the other` }
  },
}
