/** Problems of an agent's own words, and of the ConfigMaps they are taken from. */
import { missingConfigMap, missingKey } from '#crds/errors.ts'
import { pathText } from '#crds/problem.ts'
import type { FieldProblem } from '#crds/resolve.ts'
import { type AgentProblem, stalling } from './problem.ts'

export function problemsOfSpec(problems: readonly FieldProblem[]): AgentProblem[] {
  return problems.map(({ path, error }) =>
    stalling(reasonOf(error.code), `${pathText(path)}: ${error.message}. ${error.help}`),
  )
}

export function notUnderstood(fault: string): AgentProblem {
  return stalling(
    'SpecNotUnderstood',
    `this version of Switchboard does not understand the spec (${fault}); what served before goes on serving. Upgrade the operator, or take the field out`,
  )
}

function reasonOf(code: string): 'ConfigMapMissing' | 'ConfigMapKeyMissing' | 'SpecInvalid' {
  if (code === missingConfigMap.code) return 'ConfigMapMissing'
  return code === missingKey.code ? 'ConfigMapKeyMissing' : 'SpecInvalid'
}
