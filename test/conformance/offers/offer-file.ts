/** An INVITE of the collection: what it is, where its shape comes from, what must come of it, and its bytes with `{{placeholders}}`. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

const Expect = z.strictObject({
  status: z.int(),
  /** What a 200 must agree on. `dtmf: none`: no telephone-event in the answer. */
  law: z.enum(['PCMU', 'PCMA']).optional(),
  payloadType: z.int().optional(),
  dtmf: z.union([z.int(), z.literal('none')]).optional(),
  /** Length of our packets, ms. */
  ptime: z.int().optional(),
  direction: z.enum(['sendrecv', 'recvonly', 'sendonly', 'inactive']).optional(),
  /** m-lines of the answer that must have port 0, counted from 0. */
  refused: z.array(z.int()).optional(),
  rtcpMux: z.boolean().optional(),
  /** Code of the Warning of a 488. */
  warning: z.int().optional(),
  /** Option tags in Unsupported of a 420. */
  unsupported: z.string().optional(),
})

const Head = z.strictObject({
  about: z.string().min(20),
  /** Where the shape was seen: a specification, a vendor's page, a public trace. */
  source: z.string().min(20),
  expect: Expect,
  /** The answer to our offer, sent in the ACK of a late offer. */
  answer: z.string().optional(),
})

export type Expectation = z.infer<typeof Expect>

export interface Offer extends z.infer<typeof Head> {
  readonly name: string
  readonly snapshot: string
  /** The INVITE as it stands in the file: placeholders, lines ended by LF. */
  readonly template: string
}

const FOLDER = new URL('./invites/', import.meta.url)

/** All of them, by name. @throws Error that names the file that is wrong */
export function readOffers(folder = FOLDER): Offer[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.sip'))
    .sort()
    .map(file => readOffer(file, readFileSync(new URL(file, folder), 'utf8'), folder))
}

function readOffer(file: string, text: string, folder: URL): Offer {
  const [head = '', template] = text.split(/^---\n/m, 2)
  if (template === undefined) throw new Error(`${file}: no line --- between its description and the INVITE`)
  const parsed = Head.safeParse(parse(head))
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`)
  const name = file.replace(/\.sip$/, '')
  return { ...parsed.data, name, snapshot: fileURLToPath(new URL(`${name}.answer`, folder)), template }
}

/** Values of the placeholders of one call. */
export interface Places {
  /** Where the worker is, `127.0.0.1:5060`. */
  readonly target: string
  /** Where we are. */
  readonly self: string
  readonly transport: 'UDP' | 'TCP'
  readonly rtp: number
  readonly rtcp: number
  readonly branch: string
  readonly tag: string
  readonly call: string
}

/** The first bytes of an Initial Address Message (ITU-T Q.763): what no text file can hold. */
const ISUP = String.fromCharCode(
  0x01,
  0x00,
  0x48,
  0x00,
  0x0a,
  0x03,
  0x02,
  0x09,
  0x06,
  0x03,
  0x10,
  0x14,
  0x55,
  0x05,
  0x0a,
  0x00,
)

/** Fills the placeholders in, ends lines by CRLF, and counts `{{length}}`, the body's bytes. @throws Error on an unknown placeholder */
export function fill(template: string, places: Places): string {
  const filled = template.replaceAll('\n', '\r\n').replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    if (name === 'length') return whole
    if (name === 'isup') return ISUP
    if (!Object.hasOwn(places, name)) throw new Error(`unknown placeholder ${whole}`)
    return String(places[name as keyof Places])
  })
  const body = filled.slice(filled.indexOf('\r\n\r\n') + 4)
  return filled.replaceAll('{{length}}', String(Buffer.byteLength(body)))
}
