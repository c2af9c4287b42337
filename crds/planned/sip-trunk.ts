/** Shapes of later fields of a SipTrunk. Sketches: nothing reads them yet, and no schema has them. */

export interface PlannedSipTrunkSpec {
  /** Ingress ProviderSip: carrier to provider over SIP. */
  providerSip?: { project: string }
  /** The carrier's REST API. */
  credentialsRef?: { kind: 'Secret'; name: string; key: string }
  maxCalls?: number
  sip?: {
    /** Where calls go out to. The credential stays in the gateway's reach. */
    outbound?: {
      host: string
      transport: 'Udp' | 'Tcp' | 'Tls'
      credentialsRef: { kind: 'Secret'; name: string; key: string }
    }
    transfer?: 'Refer' | 'Bridge' | 'None'
    srtp?: 'Required' | 'Optional' | 'Never'
    tls?: { secretRef: { name: string } }
  }
  /** Who may be called, from which numbers, how fast. */
  outbound?: { callerIds: string[]; allowedPrefixes: string[]; maxPerSecond: number }
}
