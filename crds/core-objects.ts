/** The few built-in Kubernetes objects that a manifest of ours may refer to. Unknown fields are let through: they are not ours to judge. */
import { z } from 'zod'
import { metadata } from './object.ts'

const strings = z.record(z.string(), z.string())

export const configMap = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata,
  data: strings.optional(),
  binaryData: strings.optional(),
})
export const secret = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata,
  data: strings.optional(),
  stringData: strings.optional(),
})
export const namespace = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata,
})

export type ConfigMap = z.output<typeof configMap>
export type Secret = z.output<typeof secret>
export type Namespace = z.output<typeof namespace>

/** The bytes under a key of a ConfigMap: text as UTF-8, binary data decoded. */
export function configMapBytes(map: ConfigMap, key: string): Uint8Array | undefined {
  const text = map.data?.[key]
  if (text !== undefined) return new TextEncoder().encode(text)
  const binary = map.binaryData?.[key]
  return binary === undefined ? undefined : new Uint8Array(Buffer.from(binary, 'base64'))
}

/** The value under a key of a Secret. `stringData` wins, as on the API server. */
export function secretValue(object: Secret, key: string): string | undefined {
  const encoded = object.data?.[key]
  return (
    object.stringData?.[key] ?? (encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8'))
  )
}
