/** Plans as tests read them. */
import type { FleetPlan } from '../fleet.ts'
import { NOW } from './given.ts'

/** A plan in a line a step. */
export function said({ steps }: FleetPlan): string[] {
  return steps.map(step => {
    if (step.do === 'createPod') return `create ${step.name}`
    if (step.do === 'setReplicas') return `replicas ${step.revision} ${step.replicas}`
    if (step.do === 'deletePod') return `delete ${step.pod.name} ${step.proof}`
    if (step.do === 'drain') return `drain ${step.pod.name} in ${step.deadline - NOW}`
    return `mark ${step.pod.name} ${step.safe}`
  })
}
