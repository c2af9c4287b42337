/** The gateway of `switchboard run`: there when the manifests hold a trunk whose carrier brings calls by webhook and WebSocket. */
import { type Command, Option } from 'commander'
import { secretValue } from '#crds/core-objects.ts'
import { keyOf } from '#crds/object.ts'
import type { Manifests } from '#crds/read-manifests.ts'
import { gatewayErrors } from '#runtime/gateway/errors.ts'
import { type Gateway, startGateway } from '#runtime/gateway/gateway.ts'
import { type GatewayTrunk, pathOf } from '#runtime/gateway/trunk.ts'
import type { Logger } from '#runtime/worker/logger.ts'
import type { Worker } from '#runtime/worker/worker.ts'
import { port } from './worker-options.ts'

export interface GatewayFlags {
  readonly gatewayHost: string
  readonly gatewayPort: number
}

const VARIABLE = 'TWILIO_AUTH_TOKEN'

export function withGatewayOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--gateway-host <address>', 'address that carriers’ webhooks and media sockets come in on')
        .env('SWITCHBOARD_GATEWAY_HOST')
        .default('127.0.0.1'),
    )
    .addOption(
      new Option('--gateway-port <port>', 'its port; 0 for a free one')
        .env('SWITCHBOARD_GATEWAY_PORT')
        .argParser(port)
        .default(8081),
    )
}

/** Trunks over media streams, with the credential that each names. @throws SwitchboardError SB_GATEWAY_CREDENTIAL */
export function gatewayTrunksOf(
  manifests: Pick<Manifests, 'trunks' | 'secrets'>,
  env: Readonly<Record<string, string | undefined>>,
): GatewayTrunk[] {
  return manifests.trunks.flatMap(trunk => {
    const stream = trunk.spec.mediaStream
    if (!stream) return []
    const { name, key } = stream.credentialsRef
    const wanted = `${trunk.metadata.namespace}/${name}`
    const secret = manifests.secrets.find(object => keyOf(object) === wanted)
    const authToken = (secret && secretValue(secret, key)?.trim()) || env[VARIABLE]
    if (!authToken) {
      const why = secret ? `Secret ${wanted} has nothing under "${key}"` : `Secret ${wanted} is not among the manifests`
      throw gatewayErrors.noCredential(keyOf(trunk), `${why} and ${VARIABLE} is not set`)
    }
    const publicURL = stream.publicURL.replace(/\/+$/, '')
    return [{ key: keyOf(trunk), publicURL, accountSid: stream.accountSid, authToken, apiURL: stream.apiURL }]
  })
}

export function openGateway(
  flags: GatewayFlags,
  trunks: readonly GatewayTrunk[],
  worker: Worker,
  log: Logger,
): Promise<Gateway> {
  return startGateway({
    host: flags.gatewayHost,
    port: flags.gatewayPort,
    trunks,
    door: worker.door,
    find: (trunk, number) => worker.directory.findOn(trunk, number),
    clip: id => worker.clips.get(id, { encoding: 'pcmu', rateHz: 8000 }),
    log,
  })
}

/** What is entered at the carrier, and what must lead there. */
export function gatewayLines(gateway: Gateway, flags: GatewayFlags, trunks: readonly GatewayTrunk[]): string[] {
  return [
    `Taking webhooks and media sockets of carriers at http://${flags.gatewayHost}:${gateway.port}; the public URL must lead there.`,
    ...trunks.map(trunk => `  ${trunk.key}  voice webhook: ${trunk.publicURL}${pathOf(trunk)}/voice  (POST)`),
  ]
}
