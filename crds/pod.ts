/** What of its pods an agent may say: a closed list. Image, environment, volumes and identity are the operator's. */
import { z } from 'zod'
import { ruled } from './rule.ts'

const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?[/])?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

const labelKey = z
  .string()
  .max(317)
  .regex(LABEL_KEY, 'a label: letters, digits, -, _ and ., perhaps after a domain and /')
const labelValue = z
  .string()
  .max(63)
  .regex(LABEL_VALUE, 'letters, digits, -, _ and ., with a letter or digit at both ends')

const labelKeys = {
  cel: `self.all(key, size(key) <= 317 && key.matches('${LABEL_KEY.source}'))`,
  message: 'names of labels are letters, digits, -, _ and ., perhaps after a domain and /',
  holds: (self: object) => Object.keys(self).every(key => key.length <= 317 && LABEL_KEY.test(key)),
}

const MOST_LABELS = 16
// The words of the API server, for whom maxProperties says it.
const fewLabels = (self: object): boolean => Object.keys(self).length <= MOST_LABELS
const labelMap = z.record(z.string(), labelValue).refine(fewLabels, `must have at most ${MOST_LABELS} items`)

const RESERVED = /^([a-z0-9.-]+[.])?switchboard[.]dev[/]|^app[.]kubernetes[.]io[/](name|instance|managed-by)$/

const labels = ruled(labelMap.meta({ maxProperties: MOST_LABELS }), labelKeys, {
  cel: `!self.exists(key, key.matches('${RESERVED.source}'))`,
  message: 'labels under switchboard.dev/ and app.kubernetes.io/name, instance and managed-by are the operator’s',
  holds: self => !Object.keys(self).some(key => RESERVED.test(key)),
})

const nodeSelector = ruled(labelMap.meta({ maxProperties: MOST_LABELS }), labelKeys)

const quantity = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[0-9]+([.][0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/, 'a quantity, such as "2", 500m or 1Gi')

const amounts = z.strictObject({
  cpu: quantity.optional().meta({
    description: 'Cores. A worker is one event loop and uses one at most.',
    examples: ['500m'],
  }),
  memory: quantity.optional().meta({ description: 'Bytes.', examples: ['512Mi'] }),
  'ephemeral-storage': quantity
    .optional()
    .meta({ description: 'Bytes of disk, for records: they live as long as the pod.' }),
})

const resources = z.strictObject({
  requests: amounts.optional().meta({ description: 'What is set aside for each pod.' }),
  limits: amounts.optional().meta({ description: 'What a pod may use at most.' }),
})

const toleration = ruled(
  z.strictObject({
    key: labelKey.optional().meta({ description: 'The taint’s key. Without it: every taint.' }),
    operator: z.enum(['Exists', 'Equal']).default('Equal').meta({ description: 'Whether the value counts.' }),
    value: labelValue.optional().meta({ description: 'The taint’s value.' }),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .meta({ description: 'The taint’s effect. Without it: every effect.' }),
    tolerationSeconds: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'NoExecute: how long a pod stays once the taint is there. Without it: for good.' }),
  }),
  {
    cel: "self.operator != 'Exists' || !has(self.value) || self.value == ''",
    message: 'operator: Exists takes no value',
    at: 'value',
    holds: t => t.operator !== 'Exists' || (t.value ?? '') === '',
  },
  {
    cel: "has(self.key) || self.operator == 'Exists'",
    message: 'a toleration without a key needs operator: Exists',
    at: 'operator',
    holds: t => t.key !== undefined || t.operator === 'Exists',
  },
  {
    cel: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message: 'tolerationSeconds is for effect: NoExecute',
    at: 'tolerationSeconds',
    holds: t => t.tolerationSeconds === undefined || t.effect === 'NoExecute',
  },
)

export const pod = z.strictObject({
  resources: resources
    .optional()
    .meta({ description: 'CPU, memory and disk of each pod. What is left out is as the operator is configured.' }),
  nodeSelector: nodeSelector
    .optional()
    .meta({ ...nodeSelector.meta(), description: 'Labels of the nodes that pods may run on.' }),
  tolerations: z.array(toleration).max(32).optional().meta({
    description: 'Taints that pods bear, beside those that every worker bears.',
    'x-kubernetes-list-type': 'atomic',
  }),
  labels: labels.optional().meta({ ...labels.meta(), description: 'More labels on the pods.' }),
})

export type PodOptions = z.output<typeof pod>
