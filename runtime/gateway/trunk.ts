/** A MediaStream trunk as the gateway has it: with its credential, which nobody else is given. */
export interface GatewayTrunk {
  /** `namespace/name`. */
  readonly key: string
  /** Without a slash at the end. */
  readonly publicURL: string
  readonly accountSid: string
  readonly authToken: string
  readonly apiURL: string
}

/** Below the public URL, and below the gateway's own root. */
export function pathOf(trunk: Pick<GatewayTrunk, 'key'>): string {
  return `/carriers/${trunk.key}`
}

/** `wss` for `https`. */
export function mediaURL(trunk: GatewayTrunk, token: string): string {
  return `${trunk.publicURL.replace(/^http/, 'ws')}${pathOf(trunk)}/media/${token}`
}
