import { expect, test } from 'vitest'
import { FramePlayout } from '#runtime/media/playout.ts'
import type { MediaAddress } from '#runtime/rtp/latch.ts'
import type { MediaDescription } from '#runtime/sip/media-description.ts'
import { LegMedia } from './leg-media.ts'
import type { MediaListener, MediaSockets } from './media-sockets.ts'

class FakeSockets implements Pick<MediaSockets, 'port' | 'onRtp' | 'onRtcp' | 'sendRtcp' | 'close'> {
  readonly port = 20_000
  onRtp: MediaListener = () => undefined
  onRtcp: MediaListener = () => undefined
  readonly reports: number[] = []
  broken = false
  closed = false
  sendRtcp(_packet: Uint8Array, to: MediaAddress): void {
    if (this.broken) throw new Error('broken')
    this.reports.push(to.port)
  }
  close(): void {
    this.closed = true
  }
}

const MEDIA = {
  remote: { address: '127.0.0.9', port: 4000, rtcpPort: 4001 },
  law: 'PCMU',
  payloadType: 0,
  dtmfPayloadType: null,
  ptimeMs: 20,
  receive: { payloadType: 0, dtmfPayloadType: null },
  direction: 'sendrecv',
  hold: false,
  rtcpMux: false,
} as unknown as MediaDescription

function started(sockets: FakeSockets): LegMedia {
  const nothing = (): void => undefined
  const media = new LegMedia({
    sockets: sockets as unknown as MediaSockets,
    law: 'PCMU',
    playout: new FramePlayout({ format: { encoding: 'pcmu', rateHz: 8000 } }),
    now: () => 0,
    unixMs: () => 0,
    random: () => 1,
    mayLatch: () => true,
    listener: {
      onFrame: nothing,
      onDigit: nothing,
      onMedia: nothing,
      onSilent: nothing,
      onResumed: nothing,
      onQuality: nothing,
      onFault: error => {
        throw error
      },
    },
  })
  media.start(MEDIA)
  return media
}

function packet(): Buffer {
  const bytes = Buffer.alloc(172, 0xff)
  bytes.set([0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1])
  return bytes
}

test.each([
  [4000, 4001],
  [5000, 5001],
  [65_535, 65_535],
])('reports to a peer that sends from port %i go to port %i', (from, to) => {
  const sockets = new FakeSockets()
  const media = started(sockets)
  sockets.onRtp(packet(), { address: '127.0.0.9', port: from })
  media.close()
  expect(sockets.reports).toEqual([to])
})

test('what fails while the last report is sent leaves no socket open', () => {
  const sockets = new FakeSockets()
  sockets.broken = true
  const media = started(sockets)
  expect(() => media.close()).toThrow('broken')
  expect(sockets.closed).toBe(true)
})
