/** An agent's conditions, as kstatus reads them: `Ready` (calls are answered now), `Reconciling`, `Stalled`, and our own `RollingOut`. Pure. */
import type { AgentStatus } from './observed.ts'
import { type AgentProblem, together } from './problem.ts'

export type Condition = NonNullable<AgentStatus['conditions']>[number]

export interface ConditionInput {
  readonly generation: number
  readonly deleting: boolean
  /** The most telling first. */
  readonly problems: readonly AgentProblem[]
  /** Takes new calls. */
  readonly serving: string | null
  /** Made of the present spec. */
  readonly current: string | null
  readonly stable: string | null
  readonly rolling: boolean
  /** Pods that answer calls now: of all revisions, and of the present one. */
  readonly answering: number
  readonly answeringCurrent: number
  /** Pods that the present revision shall have in the end. */
  readonly pods: number
  /** Whether any number is its own. */
  readonly reachable: boolean
}

/** @param now RFC 3339, to the second: only used where a status changes */
export function conditionsOf(input: ConditionInput, before: readonly Condition[], now: string): Condition[] {
  const said = [readyOf(input), reconcilingOf(input), stalledOf(input), rollingOf(input)]
  return said.map(({ type, status, reason, message }) => {
    const old = before.find(condition => condition.type === type)
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now
    return {
      type,
      status,
      observedGeneration: input.generation,
      lastTransitionTime,
      reason,
      message: shortened(message),
    }
  })
}

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

const LONGEST = 2000

function readyOf(input: ConditionInput): Said {
  const type = 'Ready'
  const { answering, serving, problems } = input
  if (input.deleting)
    return { type, status: 'False', reason: 'Deleting', message: 'the agent is being deleted: no new call is taken' }
  if (answering > 0 && input.reachable) {
    const pods = answering === 1 ? '1 pod' : `${answering} pods`
    return { type, status: 'True', reason: 'Serving', message: `calls are answered by ${pods} of ${serving ?? 'it'}` }
  }
  const [problem] = [...problems.filter(one => one.stalls), ...problems]
  if (problem !== undefined) return { type, status: 'False', reason: problem.reason, message: problem.message }
  return { type, status: 'False', reason: 'Starting', message: startingOf(input) }
}

function startingOf({ current }: ConditionInput): string {
  return current === null ? 'no revision is made yet' : `no pod of ${current} answers yet`
}

function reconcilingOf(input: ConditionInput): Said {
  const type = 'Reconciling'
  const { problems, current, answeringCurrent, pods } = input
  if (input.deleting)
    return { type, status: 'True', reason: 'Deleting', message: 'its pods wait for their last call, then they go' }
  if (problems.some(problem => problem.stalls))
    return { type, status: 'False', reason: 'Stalled', message: 'see the condition Stalled' }
  if (current !== null && answeringCurrent >= pods) return doneOf(problems)
  if (!input.reachable && problems.length > 0)
    return {
      type,
      status: 'False',
      reason: problems[0]?.reason ?? 'Done',
      message: together(problems.map(p => p.message)),
    }
  const held = problems.map(problem => problem.message)
  const progress = current === null ? startingOf(input) : `${current}: ${answeringCurrent} of ${pods} pods answer`
  const reason = problems[0]?.reason ?? 'Progressing'
  return { type, status: 'True', reason, message: [progress, ...(held.length > 0 ? [together(held)] : [])].join('; ') }
}

/** What is wrong all the same must be told somewhere: a node that is cut off, a pod that is not ours. */
function doneOf(problems: readonly AgentProblem[]): Said {
  const [first] = problems
  const message = ['what is there is what is wanted', ...(first ? [together(problems.map(p => p.message))] : [])]
  return { type: 'Reconciling', status: 'False', reason: first?.reason ?? 'Done', message: message.join('; ') }
}

function stalledOf({ problems }: ConditionInput): Said {
  const type = 'Stalled'
  const stalling = problems.filter(problem => problem.stalls)
  const [first] = stalling
  if (first === undefined) return { type, status: 'False', reason: 'NotStalled', message: 'nothing stands in the way' }
  return { type, status: 'True', reason: first.reason, message: together(stalling.map(problem => problem.message)) }
}

function rollingOf({ rolling, current, stable, serving }: ConditionInput): Said {
  const type = 'RollingOut'
  if (!rolling)
    return { type, status: 'False', reason: 'Stable', message: `${serving ?? 'nothing'} is the stable revision` }
  const doing = serving === current ? 'takes over from' : 'has to prove itself before it takes over from'
  return {
    type,
    status: 'True',
    reason: serving === current ? 'TakingOver' : 'Proving',
    message: `${current ?? ''} ${doing} ${stable ?? ''}`,
  }
}

function shortened(message: string): string {
  return message.length <= LONGEST ? message : `${message.slice(0, LONGEST - 1)}…`
}
