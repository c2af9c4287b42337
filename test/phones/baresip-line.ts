/** A call by baresip: it is told what to play while it talks, its own recording says what it heard, and a capture on loopback when. */
import { closeSync, mkdtempSync, openSync, readSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import { type Capture, type Datagram, startCapture } from '#test/measure/capture.ts'
import { gapsOf } from '#test/measure/stalls.ts'
import { clockOffset, sampleAt, timeOf, type Wire, wireOf } from '#test/measure/wire.ts'
import { type Baresip, startBaresip } from './baresip.ts'
import type { HeardCall, PhoneLine, Said } from './line.ts'
import { sleep } from './process.ts'
import { readWav, writeWav } from './wav.ts'

const PHONE_PORTS = 8
const WAV_HEADER = 44
const PER_MS = 8
/** Longer than any call: the phone plays a file again from its start when it is over. */
const QUIET_MS = 120_000
/** Digital silence of either law is at 8 or below. */
const SILENT = 100
/** From the command to the first sample on the wire, on a busy machine. */
const BEGINS_WITHIN_MS = 1500
const SETTLE_MS = 300
const LONGEST_MS = 300_000

const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

export class BaresipLine implements PhoneLine {
  readonly #phone: Baresip
  readonly #capture: Capture
  readonly #folder: string
  readonly #port: number
  readonly #clockBefore = clockOffset()
  readonly #said: { at: number; ms: number }[] = []
  readonly #heard = new Int16Array(LONGEST_MS * PER_MS)
  #heardBytes = 0
  #answeredAt = 0
  #hungUpAt: number | null = null
  #overAt: number | null = null

  private constructor(phone: Baresip, capture: Capture, folder: string, sipPort: number) {
    this.#phone = phone
    this.#capture = capture
    this.#folder = folder
    this.#port = sipPort
  }

  /** @param sipPort of the worker */
  static async open(sipPort: number): Promise<BaresipLine> {
    const folder = mkdtempSync(join(tmpdir(), 'baresip-line-'))
    const play = fileOf(folder, 'quiet', new Int16Array(0))
    const phone = await startBaresip({ play, codecs: ['PCMU'] })
    try {
      const capture = await startCapture(`portrange ${phone.rtpPort}-${phone.rtpPort + PHONE_PORTS}`)
      return new BaresipLine(phone, capture, folder, sipPort)
    } catch (error) {
      await phone.stop()
      throw error
    }
  }

  async dial(number: string): Promise<void> {
    this.#phone.dial(`sip:${number}@127.0.0.1:${this.#port}`)
    await this.#phone.waitFor('CALL_ESTABLISHED', 15_000)
    this.#answeredAt = monotonic()
  }

  say(name: string): void {
    const words = clip('caller', name)
    if (words === null) throw new Error(`the caller has no clip ${name}`)
    this.#said.push({ at: monotonic(), ms: words.ulaw.length / PER_MS })
    this.#phone.command('ausrc', `aufile,${fileOf(this.#folder, name, expand('ulaw', words.ulaw))}`)
  }

  press(keys: string): void {
    this.#phone.command('sndcode', keys)
  }

  hangUp(): void {
    if (this.over || this.#hungUpAt !== null) return
    this.#hungUpAt = monotonic()
    this.#phone.hangUp()
  }

  get over(): boolean {
    if (this.#overAt === null && this.#phone.events.some(e => e.type === 'CALL_CLOSED')) this.#overAt = monotonic()
    return this.#overAt !== null
  }

  heardSoFar(): Int16Array {
    const [file] = this.#phone.recordings().heard
    if (file === undefined) return this.#heard.subarray(0, 0)
    const handle = openSync(file, 'r')
    try {
      const into = Buffer.from(this.#heard.buffer, this.#heardBytes)
      this.#heardBytes += readSync(handle, into, 0, into.length, WAV_HEADER + this.#heardBytes)
    } finally {
      closeSync(handle)
    }
    return this.#heard.subarray(0, this.#heardBytes >> 1)
  }

  async close(): Promise<HeardCall> {
    const byAgent = this.over && this.#hungUpAt === null
    if (!byAgent) this.hangUp()
    for (let waited = 0; waited < 2000 && !this.over; waited += 20) await sleep(20)
    await sleep(SETTLE_MS)
    const offset = (this.#clockBefore + clockOffset()) / 2
    const datagrams = await this.#capture.stop()
    const { heard } = this.#phone.recordings()
    await this.#phone.stop()
    const came = wireOf(datagrams, this.#on('port'), offset)
    const sent = wireOf(datagrams, this.#on('sourcePort'), offset)
    const at = this.#hungUpAt ?? this.#overAt
    return {
      answeredAt: this.#answeredAt,
      heard: heard[0] === undefined ? new Int16Array(0) : readWav(heard[0]).samples,
      timed: { samples: came.samples, timeOf: sample => timeOf(came, sample) },
      said: this.#said.map(words => saidOn(sent, words)),
      ended: at === null ? null : { by: byAgent ? 'agent' : 'caller', at },
      stalls: [...gapsOf(came), ...gapsOf(sent)],
      torn: 0,
      refused: [],
      people: [],
    }
  }

  #on(side: 'port' | 'sourcePort'): (datagram: Datagram) => boolean {
    const from = this.#phone.rtpPort
    return datagram => datagram[side] >= from && datagram[side] <= from + PHONE_PORTS
  }
}

function fileOf(folder: string, name: string, sound: Int16Array): string {
  const file = join(folder, `${name}.wav`)
  const samples = new Int16Array(QUIET_MS * PER_MS)
  samples.set(sound)
  writeWav(file, { rateHz: 8000, channels: 1, samples })
  return file
}

/** When words really left the phone. */
function saidOn(sent: Wire, { at, ms }: { at: number; ms: number }): Said {
  const loud = (sample: number): boolean => Math.abs(sent.samples[sample] ?? 0) > SILENT
  const asked = sampleAt(sent, at)
  let from = asked
  while (from < sent.samples.length && !loud(from)) from++
  if (from - asked > BEGINS_WITHIN_MS * PER_MS) from = asked
  let to = Math.min(sent.samples.length - 1, from + ms * PER_MS)
  while (to > from && !loud(to)) to--
  return { from: timeOf(sent, from), to: timeOf(sent, to + 1) }
}
