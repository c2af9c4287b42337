/** What the carrier's end and the phone have agreed on, as an answer over SIP would say it. */
import type { MediaDescription } from '#runtime/sip/media-description.ts'

export const FRAME_MS = 20
export const EVENT_TYPE = 101

export const MEDIA: MediaDescription = {
  remote: { address: '127.0.0.1', port: 9, rtcpPort: 10 },
  law: 'PCMU',
  payloadType: 0,
  dtmfPayloadType: EVENT_TYPE,
  receive: { payloadType: 0, dtmfPayloadType: EVENT_TYPE },
  ptimeMs: FRAME_MS,
  rtcpMux: false,
  direction: 'sendrecv',
  hold: false,
}
