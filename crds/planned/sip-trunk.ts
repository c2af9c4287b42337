/** Shapes of later fields of a SipTrunk. Sketches: nothing reads them yet, and no schema has them. */

export interface PlannedSipTrunkSpec {
  /** Ingress ProviderSip: carrier to provider over SIP. */
  providerSip?: { project: string }
  /** The carrier's REST API. */
  credentialsRef?: { kind: 'Secret'; name: string; key: string }
  maxCalls?: number
  sip?: {
    srtp?: 'Required' | 'Optional' | 'Never'
    tls?: { secretRef: { name: string } }
  }
  /** Beside `callerIds` and `allowedPrefixes`, which are there. */
  outbound?: { maxPerSecond: number }
}
