/** What was really on the wire: tcpdump on loopback, and its file read back. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep, start } from '#test/phones/process.ts'

export interface Datagram {
  /** Wall clock, ms since the epoch, µs resolution. */
  readonly at: number
  readonly sourcePort: number
  readonly port: number
  readonly payload: Buffer
}

export interface Capture {
  /** Stops and returns the UDP datagrams in order. */
  stop(): Promise<Datagram[]>
}

/** The kernel hands packets over in blocks, which it keeps until they are full or a second old: what is not waited for is lost with tcpdump's end. */
const BLOCK_MS = 1000
const SLACK_MS = 300

/** Captures UDP on loopback that matches a pcap filter. Needs the right to capture (root, or CAP_NET_RAW). */
export async function startCapture(filter: string): Promise<Capture> {
  const file = join(mkdtempSync(join(tmpdir(), 'capture-')), 'lo.pcap')
  const child = start('tcpdump', [
    '-i',
    'lo',
    '-U',
    '-B',
    '16384',
    '--time-stamp-precision=micro',
    '-w',
    file,
    `udp and (${filter})`,
  ])
  await child.waitFor(/listening on/, 5000)
  return {
    stop: async () => {
      await sleep(BLOCK_MS + SLACK_MS)
      await child.stop()
      return readPcap(readFileSync(file))
    },
  }
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
const ETHERNET = 14

/** Datagrams of a little-endian microsecond pcap of Ethernet frames (loopback is one) with IPv4. */
export function readPcap(bytes: Buffer): Datagram[] {
  const found: Datagram[] = []
  let at = FILE_HEADER
  while (at + RECORD_HEADER <= bytes.length) {
    const length = bytes.readUInt32LE(at + 8)
    const frame = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length)
    const ip = frame.subarray(ETHERNET)
    if (frame.length >= ETHERNET + 28 && frame.readUInt16BE(12) === 0x0800 && ip[9] === 17) {
      const udp = ip.subarray(((ip[0] ?? 0) & 15) * 4)
      found.push({
        at: bytes.readUInt32LE(at) * 1000 + bytes.readUInt32LE(at + 4) / 1000,
        sourcePort: udp.readUInt16BE(0),
        port: udp.readUInt16BE(2),
        payload: udp.subarray(8, udp.readUInt16BE(4)),
      })
    }
    at += RECORD_HEADER + length
  }
  return found
}

/** Fields of an RTP packet that judges ask for; null when it is none. */
export function rtpOf(payload: Buffer): { type: number; sequence: number; timestamp: number; audio: Buffer } | null {
  const first = payload[0] ?? 0
  const type = (payload[1] ?? 0) & 0x7f
  if (payload.length < 12 || first >> 6 !== 2 || (type >= 72 && type <= 76)) return null
  return {
    type,
    sequence: payload.readUInt16BE(2),
    timestamp: payload.readUInt32BE(4),
    audio: payload.subarray(12 + (first & 15) * 4),
  }
}
