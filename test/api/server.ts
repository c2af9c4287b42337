/** The shared API server, as a test sees it. */
import { inject } from 'vitest'
import { type Answer, type Client, openClient } from '#test/apiserver/client.ts'
import { type Kubectl, kubectlFor } from '#test/apiserver/kubectl.ts'
import { type Kind, PLURALS } from './crds.ts'

const access = inject('access')
export const client: Client = openClient(access)
export const kubectl: Kubectl = kubectlFor(access)

export type Json = Record<string, unknown>
export interface KubeObject extends Json {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Json
  readonly spec: Json
}

export function pathOf(kind: Kind, namespace: string, name = ''): string {
  return `/apis/switchboard.dev/v1alpha1/namespaces/${namespace}/${PLURALS[kind]}${name === '' ? '' : `/${name}`}`
}

export async function makeNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  const answer = await client.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  })
  if (answer.status !== 201) throw new Error(`namespace ${name}: ${messageOf(answer)}`)
}

/** What a refusal says. */
export function messageOf({ body }: Answer): string {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : JSON.stringify(body)
}

export interface Cause {
  readonly field?: string
  readonly message: string
}

/** What a refusal says, field by field. */
export function causesOf({ body }: Answer): readonly Cause[] {
  return (body as { details?: { causes?: Cause[] } }).details?.causes ?? []
}
