/** baresip calls, listens and is heard: judged by its own recording of the watermark and by what the model got. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expand } from '#simulators/speech/g711.ts'
import { decode } from '#simulators/watermark/decode.ts'
import type { Report } from '#test/harness/report.ts'
import { type Datagram, rtpOf, startCapture } from '#test/measure/capture.ts'
import { type Baresip, type BaresipOptions, startBaresip } from '#test/phones/baresip.ts'
import { sleep } from '#test/phones/process.ts'
import { readWav, writeWav } from '#test/phones/wav.ts'
import { NUMBER } from '#test/product/manifests.ts'
import type { Product } from '#test/product/product.ts'
import { sessionsOf } from '#test/product/simulator-view.ts'
import type { Path } from './main.ts'

interface PhoneCase {
  readonly about: string
  readonly phone?: Partial<BaresipOptions>
  readonly talk: (phone: Baresip) => Promise<void>
  /** baresip's recorder stops at the first re-INVITE: what reached its socket is judged instead. */
  readonly onTheWire?: boolean
  /** Watermarked frames (20 ms) that the phone must have heard at least. */
  readonly frames: number
}

const CASES: readonly PhoneCase[] = [
  { about: 'baresip in conversation, u-law', phone: { codecs: ['PCMU'] }, talk: () => sleep(7000), frames: 80 },
  { about: 'baresip in conversation, A-law', phone: { codecs: ['PCMA'] }, talk: () => sleep(7000), frames: 80 },
  { about: 'baresip with 40 ms packets', phone: { ptimeMs: 40 }, talk: () => sleep(7000), frames: 80 },
  { about: 'baresip holds, resumes and hears again', talk: holdAndResume, onTheWire: true, frames: 180 },
]

export async function runPhones(report: Report, path: Path, product: Product): Promise<void> {
  const play = callerWav()
  for (const c of CASES) {
    const known = new Set((await sessionsOf(product.simulatorUrl)).map(s => s.id))
    const phone = await startBaresip({ play, transport: path.transport, ...c.phone })
    const capture = await startCapture(`dst portrange ${phone.rtpPort}-${phone.rtpPort + 8}`)
    let wrong = ''
    try {
      phone.dial(`sip:${NUMBER}@127.0.0.1:${path.port};transport=${path.transport}`)
      await phone.waitFor('CALL_ESTABLISHED', 8000)
      await c.talk(phone)
      phone.hangUp()
      await phone.waitFor('CALL_CLOSED', 4000)
      await sleep(300)
    } catch (error) {
      wrong = error instanceof Error ? error.message : String(error)
    } finally {
      await phone.stop()
    }
    const wire = await capture.stop()
    if (wrong === '')
      wrong = judge(c.onTheWire === true ? [fromWire(wire)] : phone.recordings().heard.map(f => readWav(f).samples), c)
    const session = (await sessionsOf(product.simulatorUrl)).find(s => !known.has(s.id))
    const words = session?.items.filter(i => i.role === 'user' && i.audioMs > 0).length ?? 0
    if (wrong === '' && words === 0) wrong = 'the model heard no words of the caller'
    report.check(`${path.name}: ${c.about}`, wrong === '', wrong)
  }
}

/** Enough was heard, and of what was heard nothing is missing, doubled or out of order. */
function judge(recordings: readonly Int16Array[], c: PhoneCase): string {
  let heard = 0
  for (const samples of recordings) {
    const marks = decode(samples)
    heard += marks.length
    for (const [i, mark] of marks.entries()) {
      const before = marks[i - 1]
      if (before?.item === mark.item && mark.frame !== before.frame + 1)
        return `item ${mark.item}: frame ${mark.frame} after ${before.frame}`
    }
  }
  return heard >= c.frames ? '' : `the phone heard ${heard} watermarked frames, ${c.frames} expected`
}

/** The u-law audio of RTP packets, one after the other. */
function fromWire(wire: readonly Datagram[]): Int16Array {
  const audio = wire.map(d => rtpOf(d.payload)?.audio ?? Buffer.alloc(0))
  return expand('ulaw', Buffer.concat(audio))
}

async function holdAndResume(phone: Baresip): Promise<void> {
  await sleep(8000)
  phone.command('hold')
  await sleep(1500)
  phone.command('resume')
  await sleep(13_000)
}

/** Words after one second and again after ten. */
export function callerWav(): string {
  const bytes = readFileSync(new URL('../../../simulators/speech/clips/caller-ask.ul', import.meta.url))
  const samples = new Int16Array(8000 * 40)
  for (const second of [1, 10]) samples.set(expand('ulaw', bytes), 8000 * second)
  const file = join(mkdtempSync(join(tmpdir(), 'caller-')), 'caller.wav')
  writeWav(file, { rateHz: 8000, channels: 1, samples })
  return file
}
