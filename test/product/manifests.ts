/** Manifests for tests: one trunk and one agent on 127.0.0.1, with what a test wants different. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'

export const NUMBER = '+14155550100'

export interface ManifestOptions {
  /** The Realtime provider, `http://127.0.0.1:8090/v1/realtime`. */
  readonly baseURL: string
  /** Merged over the agent's spec, one level deep. */
  readonly agent?: Readonly<Record<string, unknown>>
  readonly openAI?: Readonly<Record<string, unknown>>
  readonly codecs?: readonly string[]
  /** CIDRs that may call. */
  readonly peers?: readonly string[]
  /** How national numbers are written on the trunk. */
  readonly dialPlan?: Readonly<Record<string, string>>
  /** The trunk's spec, but for its numbers, instead of one over SIP. */
  readonly trunk?: Readonly<Record<string, unknown>>
  /** More objects: Secrets. */
  readonly more?: readonly object[]
}

/** Writes trunk.yaml and agent.yaml into a new folder and returns it. */
export function writeManifests(options: ManifestOptions): string {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  const trunk = {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: { name: 'pbx', namespace: 'default' },
    spec: {
      numbers: [{ range: NUMBER, namespaces: {} }],
      ...(options.trunk ?? sipTrunk(options)),
    },
  }
  const agent = {
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name: 'reception', namespace: 'default' },
    spec: {
      model: {
        provider: 'OpenAI',
        openAI: { model: 'gpt-realtime-2.1', voice: 'marin', baseURL: options.baseURL, ...options.openAI },
      },
      instructions: 'You are the receptionist of Acme Dental.',
      inbound: [{ name: 'main', trunkRef: { name: 'pbx' }, match: [{ number: NUMBER }] }],
      ...options.agent,
    },
  }
  writeFileSync(join(folder, 'trunk.yaml'), stringify(trunk))
  writeFileSync(join(folder, 'agent.yaml'), stringify(agent))
  for (const [i, object] of (options.more ?? []).entries())
    writeFileSync(join(folder, `more-${i}.yaml`), stringify(object))
  return folder
}

function sipTrunk(options: ManifestOptions): Readonly<Record<string, unknown>> {
  return {
    carrier: 'Pbx',
    ingress: 'Sip',
    sip: {
      peers: (options.peers ?? ['127.0.0.0/8']).map(cidr => ({ cidr })),
      codecs: options.codecs ?? ['PCMU', 'PCMA'],
      ...(options.dialPlan !== undefined && { dialPlan: options.dialPlan }),
    },
  }
}
