/** What a leg over a carrier's media stream can. */
import type { LegCapabilities } from '#runtime/call/ports.ts'

export const CAN = { heard: 'mark', dtmf: false, hold: false, transfer: 'rest' } as const satisfies LegCapabilities
