/** What every transfer needs: a worker with a simulated model, a caller, and somebody to be called; and what is left of them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clip } from '#simulators/speech/library.ts'
import { decode } from '#simulators/watermark/decode.ts'
import { encode } from '#simulators/watermark/encode.ts'
import { HandPhone } from '#test/phones/hand-phone.ts'
import { sleep, start } from '#test/phones/process.ts'
import { type Product, startProduct } from '#test/product/product.ts'

export const NUMBER = '+14155550100'
export const DESK = '+14155550199'
const SCRIPT = fileURLToPath(new URL('./model.yaml', import.meta.url))

/** One second of a watermark that is no item of the model's. */
export const CALLER_MARK = 4000
export const PERSON_MARK = 4001
export const EARLY_MARK = 4002
export const markOf = (item: number): Uint8Array =>
  Buffer.concat(Array.from({ length: 50 }, (_, frame) => encode(item, frame)))

/** A caller who wants a person. */
export const ASKS = clip('caller', 'person')?.ulaw ?? new Uint8Array()

export interface StageOptions {
  readonly transfer: 'Refer' | 'Bridge' | 'ReferElseBridge'
  readonly destination?: Readonly<Record<string, unknown>>
  readonly human?: Readonly<Record<string, unknown>>
  readonly agent?: Readonly<Record<string, unknown>>
  /** Digest credentials of the trunk. */
  readonly credentials?: { readonly username: string; readonly password: string }
}

export interface Stage {
  readonly product: Product
  readonly caller: HandPhone
  readonly desk: HandPhone
  close(): Promise<void>
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const [caller, desk] = [await HandPhone.open(), await HandPhone.open()]
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'carrier', namespace: 'default' },
    stringData: options.credentials ?? {},
  }
  const product = await startProduct({
    slots: 40,
    simulate: ['--script', SCRIPT, '--speech', 'watermark'],
    agent: {
      greeting: { text: 'Hello, how can I help you?' },
      dtmf: { gap: '300ms' },
      destinations: [
        { name: 'desk', to: { number: DESK }, trunkRef: { name: 'pbx' }, ring: '6s', ...options.destination },
      ],
      callControl: { endCall: {}, transfer: { to: ['desk'] }, human: { destination: 'desk', ...options.human } },
      ...options.agent,
    },
    trunk: {
      carrier: 'Pbx',
      sip: {
        peers: [{ cidr: '127.0.0.0/8' }],
        transfer: options.transfer,
        outbound: {
          host: '127.0.0.1',
          port: desk.port,
          ...(options.credentials && { credentialsRef: { name: 'carrier' } }),
        },
      },
      outbound: { callerIds: [NUMBER], allowedPrefixes: ['+1415'] },
    },
    ...(options.credentials && { more: [secret] }),
  })
  return {
    product,
    caller,
    desk,
    close: async () => {
      caller.close()
      desk.close()
      await product.stop()
    },
  }
}

/** Frames of a watermark in what was heard, and how many of those between the first and the last are missing. */
export function heardMark(samples: Int16Array, item: number): { frames: number; missing: number } {
  const marks = decode(samples)
  // said over and over: frame numbers begin anew each second
  const own = marks.filter(mark => mark.item === item)
  const first = own[0]
  const last = own.at(-1)
  if (first === undefined || last === undefined) return { frames: 0, missing: 0 }
  const spanned = Math.round((last.sampleIndex - first.sampleIndex) / 160) + 1
  return { frames: own.length, missing: spanned - own.length }
}

/** Whether the model says something from there on. */
export function modelSpoke(samples: Int16Array, from: number): boolean {
  return decode(samples.subarray(from)).some(mark => mark.item < CALLER_MARK)
}

/** Milliseconds in which the two tones of a ringing phone in North America are all that is heard. */
export function ringbackMs(samples: Int16Array): number {
  let ms = 0
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const frame = samples.subarray(at, at + 160)
    let energy = 0
    for (const x of frame) energy += x * x
    if (energy / 160 < 250_000) continue
    if ((power(frame, 440) + power(frame, 480)) / energy > 0.35) ms += 20
  }
  return ms
}

/** Goertzel, normalised so that a pure tone is about half of its energy. */
function power(frame: Int16Array, hz: number): number {
  const w = 2 * Math.cos((2 * Math.PI * hz) / 8000)
  let [a, b] = [0, 0]
  for (const x of frame) [a, b] = [x + w * a - b, a]
  return (a * a + b * b - w * a * b) / frame.length
}

/** What the command line shows of the last call, while its worker runs. */
export async function recordOf(product: Product): Promise<string> {
  const list = start(process.execPath, ['cli/main.ts', 'calls', '--db', product.db, '--json'])
  await list.exited
  const ids = [...list.output().matchAll(/"call":\s*"([^"]+)"/g)].map(match => match[1] ?? '')
  const show = start(process.execPath, ['cli/main.ts', 'call-record', ids[0] ?? '', '--db', product.db])
  await show.exited
  return show.output()
}

/** Waits for something; false: it did not come. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 8000): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(30)) if (await holds()) return true
  return false
}

/** What a worker holds: calls, taken RTP ports, open sockets. */
export async function held(product: Product): Promise<{ calls: number; sockets: number }> {
  const folder = `/proc/${product.process.pid}/fd`
  // UDP alone: connections of HTTP come and go with who looks
  const udp = new Set(
    readFileSync(`/proc/${product.process.pid}/net/udp`, 'utf8').match(/\b\d+(?= 2 [0-9a-f]+ \d+\s*$)/gm),
  )
  let sockets = 0
  for (const fd of readdirSync(folder)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1]
      if (inode !== undefined && udp.has(inode)) sockets++
    } catch {
      // closed meanwhile
    }
  }
  return { calls: await product.busy(), sockets }
}
