/** Names, and references from one object to another. */
import { z } from 'zod'

/** An RFC 1123 label: what Kubernetes takes as the name of most things. */
export const dnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and -, with a letter or digit at both ends')
/** An RFC 1123 subdomain: names of ConfigMaps and Secrets. */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'lower-case letters, digits, - and ., with a letter or digit at both ends')
/** A key in the data of a ConfigMap or Secret. */
export const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'letters, digits, -, _ and .')

/** One key of a ConfigMap in the namespace of the object that refers to it. */
export const configMapKeyRef = z
  .strictObject({
    name: objectName.meta({ description: 'Name of the ConfigMap.' }),
    key: dataKey.meta({ description: 'Key in its `data` or `binaryData`.' }),
  })
  .meta({ description: 'A key of a ConfigMap in the same namespace.' })

/** Who may write a Secret says by this label that agents may use it: whoever may only write agents cannot reach any other Secret. */
export const CREDENTIAL_LABEL = 'switchboard.dev/credential'

/** One key of a Secret in the namespace of the object that refers to it. The value is never copied into another object. */
export const credentialsRef = z
  .strictObject({
    kind: z.enum(['Secret']).default('Secret').meta({ description: 'Where the credential is kept.' }),
    name: objectName.meta({ description: 'Name of the Secret.', examples: ['openai'] }),
    key: dataKey.meta({ description: 'Key in its `data`.', examples: ['apiKey'] }),
  })
  .meta({ description: 'A credential in a Secret of the same namespace. It stays a reference: no revision holds it.' })

/** A SipTrunk, perhaps in another namespace. */
export const trunkRef = z.strictObject({
  name: dnsLabel.meta({ description: 'Name of the SipTrunk.' }),
  namespace: dnsLabel.optional().meta({ description: 'Its namespace; without it, that of the agent.' }),
})
