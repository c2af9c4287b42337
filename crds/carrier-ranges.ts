/**
 * Networks that carriers publish for their SIP trunks: dated data, to be read again now and then. All of a carrier's regions are let in,
 * since a call may come from any of them.
 */

export const presetNames = ['Twilio', 'Telnyx', 'Vonage'] as const
export type PresetName = (typeof presetNames)[number]

export interface CarrierRanges {
  /** Day on which the source was read. */
  readonly asOf: string
  readonly source: string
  /** CIDRs of SIP. */
  readonly signalling: readonly string[]
  /** CIDRs of RTP. */
  readonly media: readonly string[]
  /** UDP ports of RTP, both included; null: not published. */
  readonly mediaPorts: readonly [number, number] | null
}

export const carrierRanges: Readonly<Record<PresetName, CarrierRanges>> = {
  Twilio: {
    asOf: '2026-11-22',
    source: 'https://www.twilio.com/docs/sip-trunking/ip-addresses',
    signalling: [
      '54.172.60.0/30',
      '54.244.51.0/30',
      '54.171.127.192/30',
      '35.156.191.128/30',
      '54.65.63.192/30',
      '54.169.127.128/30',
      '54.252.254.64/30',
      '177.71.206.192/30',
    ],
    media: ['168.86.128.0/18'],
    mediaPorts: [10_000, 60_000],
  },
  Telnyx: {
    asOf: '2026-11-22',
    source: 'https://sip.telnyx.com/#media',
    signalling: [
      '192.76.120.10/32',
      '64.16.250.10/32',
      '185.246.41.140/32',
      '185.246.41.141/32',
      '103.115.244.145/32',
      '103.115.244.146/32',
      '192.76.120.31/32',
      '64.16.250.13/32',
      '103.115.244.158/32',
      '103.115.244.159/32',
    ],
    media: [
      '36.255.198.128/25',
      '50.114.136.128/25',
      '50.114.144.0/21',
      '64.16.226.0/24',
      '64.16.227.0/24',
      '64.16.228.0/24',
      '64.16.229.0/24',
      '64.16.230.0/24',
      '64.16.248.0/24',
      '64.16.249.0/24',
      '103.115.244.128/25',
      '103.115.247.128/27',
      '185.246.41.128/25',
      '185.246.42.128/28',
    ],
    mediaPorts: [16_384, 32_768],
  },
  Vonage: {
    asOf: '2026-11-22',
    source: 'https://docs.cloud.google.com/contact-center/ccai-platform/docs/byoc-ip-allow-list',
    signalling: [0, 1, 2, 3, 4, 5].flatMap(n => [`216.147.${n}.1/32`, `216.147.${n}.2/32`]),
    media: ['216.147.0.0/18', '168.100.64.0/18'],
    mediaPorts: null,
  },
}
