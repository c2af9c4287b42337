/** What each kind of leg can. The names are the values of `spec.ingress`: a line for each of them. */
import type { SipTrunk } from '#crds/sip-trunk.ts'
import type { LegCapabilities } from '#runtime/call/ports.ts'
import { CAN as MEDIA_STREAM } from './media-stream/can.ts'
import { CAN as SIP } from './sip/can.ts'

export const legs: Readonly<Record<SipTrunk['spec']['ingress'], LegCapabilities>> = {
  Sip: SIP,
  MediaStream: MEDIA_STREAM,
}
