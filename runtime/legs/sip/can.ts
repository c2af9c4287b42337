/** What a leg over SIP and RTP can. */
import type { LegCapabilities } from '#runtime/call/ports.ts'

/** `transfer`: where the trunk has its peer asked by REFER, as `sip.transfer` says; else 'none', and a second leg is joined. */
export const CAN = { heard: 'rtp', dtmf: true, hold: true, transfer: 'refer' } as const satisfies LegCapabilities
