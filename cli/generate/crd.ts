/** CustomResourceDefinitions as YAML. */
import { stringify } from 'yaml'
import type { z } from 'zod'
import { API_LEVEL, GROUP, VERSION } from '#crds/object.ts'
import { sipTrunk } from '#crds/sip-trunk.ts'
import { voiceAgent } from '#crds/voice-agent.ts'
import { voiceAgentRevision } from '#crds/voice-agent-revision.ts'
import { structural } from './structural.ts'

interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** 1: only with `-o wide`. */
  readonly priority?: 1
}

/** What Kubernetes must know of a kind beside its schema. */
export interface Kind {
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly schema: z.ZodType
  readonly columns: readonly Column[]
  readonly scale?: {
    readonly specReplicasPath: string
    readonly statusReplicasPath: string
    readonly labelSelectorPath: string
  }
}

const column = (name: string, type: Column['type'], jsonPath: string, description: string, priority?: 1): Column => ({
  name,
  type,
  jsonPath,
  description,
  ...(priority && { priority }),
})
const ready = column(
  'Ready',
  'string',
  '.status.conditions[?(@.type=="Ready")].status',
  'Whether calls are answered now.',
)
const why = column('Why', 'string', '.status.conditions[?(@.type=="Ready")].message', 'Why it is ready or not.', 1)
const age = column('Age', 'date', '.metadata.creationTimestamp', 'Since it was created.')

export const KINDS: readonly Kind[] = [
  {
    kind: 'VoiceAgent',
    plural: 'voiceagents',
    shortNames: ['va'],
    schema: voiceAgent,
    columns: [
      ready,
      column('Revision', 'string', '.status.revision', 'The revision made of the present spec.'),
      column('Traffic', 'string', '.status.columns.traffic', 'Where new calls go.'),
      column('Calls', 'string', '.status.columns.calls', 'Calls now, and slots.'),
      column('Pods', 'string', '.status.columns.pods', 'Pods ready, and wanted.'),
      age,
      column('Provider', 'string', '.spec.model.provider', 'Whose model it speaks with.', 1),
      why,
    ],
  },
  {
    kind: 'VoiceAgentRevision',
    plural: 'voiceagentrevisions',
    shortNames: ['varev'],
    schema: voiceAgentRevision,
    columns: [
      column('Agent', 'string', '.spec.agentRef.name', 'The agent it is a snapshot of.'),
      column('Phase', 'string', '.status.phase', 'Where it is in its life.'),
      column('Calls', 'integer', '.status.calls', 'Calls now.'),
      column('Pods', 'integer', '.status.replicas', 'Pods now.'),
      column('Wanted', 'integer', '.status.wanted', 'Pods wanted.', 1),
      age,
    ],
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
  {
    kind: 'SipTrunk',
    plural: 'siptrunks',
    shortNames: ['trunk'],
    schema: sipTrunk,
    columns: [
      ready,
      column('Carrier', 'string', '.spec.carrier', 'Whose it is.'),
      column('Ingress', 'string', '.spec.ingress', 'How media and control reach us.'),
      column('Claims', 'integer', '.status.claims', 'Claims that hold.'),
      column('Conflicts', 'integer', '.status.conflicts', 'Claims that do not.'),
      age,
      why,
    ],
  },
]

/** The CRD of one kind as a plain object. */
export function crd({ kind, plural, shortNames, schema, columns, scale }: Kind): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      annotations: {
        // Agents outlive an uninstall of the chart.
        'helm.sh/resource-policy': 'keep',
        [`${GROUP}/api-level`]: String(API_LEVEL),
      },
    },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories: ['switchboard'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: structural(schema) },
          subresources: { status: {}, ...(scale && { scale }) },
          additionalPrinterColumns: columns,
        },
      ],
    },
  }
}

/** kubectl reads YAML 1.1, in which a bare Off is false. */
export function crdYaml(kind: Kind): string {
  return `# Made from crds/ by \`npm run generate\`: change the schema, not this file.\n${stringify(crd(kind), { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`
}
