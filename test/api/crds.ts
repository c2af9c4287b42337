/** The generated CRDs, and their way onto a server. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import type { Client } from '#test/apiserver/client.ts'
import type { Kubectl } from '#test/apiserver/kubectl.ts'

export const CRDS = 'charts/switchboard-crds/definitions'
export const PLURALS = { VoiceAgent: 'voiceagents', VoiceAgentRevision: 'voiceagentrevisions', SipTrunk: 'siptrunks' }
export type Kind = keyof typeof PLURALS

export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly enum?: readonly unknown[]
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string
    readonly message: string
    readonly fieldPath?: string
  }[]
}

export interface Crd {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly versions: { readonly schema: { readonly openAPIV3Schema: Schema } }[] }
}

export function readCrd(kind: Kind): Crd {
  return parse(readFileSync(`${CRDS}/${PLURALS[kind]}.yaml`, 'utf8'), { version: '1.1' }) as Crd
}

export function schemaOf(crd: Crd): Schema {
  const [version] = crd.spec.versions
  if (version === undefined) throw new Error(`${crd.metadata.name} has no version`)
  return version.schema.openAPIV3Schema
}

/** Installs them as a person would, and waits until objects can be made. */
export async function installCrds({ kubectl, client }: { kubectl: Kubectl; client: Client }): Promise<void> {
  const applied = await kubectl(['apply', '--server-side', '-f', CRDS])
  if (applied.code !== 0) throw new Error(`the CRDs are refused:\n${applied.err}`)
  for (const kind of Object.keys(PLURALS) as Kind[]) await established(client, kind)
}

export async function established(client: Client, kind: Kind): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const list = await client.request('GET', `/apis/switchboard.dev/v1alpha1/${PLURALS[kind]}?limit=1`)
    if (list.status === 200) return
    await sleep(50)
  }
  throw new Error(`${kind} is not served`)
}
