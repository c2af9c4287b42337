/** What versions owe one another, and what a container owes whoever ends it. */
import type { Break } from '../break.ts'
import { tests } from '../check.ts'

export const versions: readonly Break[] = [
  {
    name: 'later-default-filled-in',
    about: 'an operator that is rolled back finds fields in every agent that it does not know',
    file: 'cli/generate/structural.ts',
    find: 'member[UNFILLED] === true || mayBeEmpty(member)',
    replace: 'mayBeEmpty(member)',
    caughtBy: tests('cli/generate/generate.test.ts'),
    expect: /an older operator would find/,
  },
  {
    name: 'unread-agent-loses-its-number',
    about: 'an agent that is not understood loses its number to the next',
    file: 'operator/agents/observed.ts',
    find: 'inbound: inboundOf(spec)',
    replace: 'inbound: []',
    caughtBy: tests('operator/process/claims-keeper.test.ts'),
    expect: /leaves its number/,
  },
  {
    name: 'unread-agent-loses-its-pods',
    about: 'an agent that is not understood keeps one pod',
    file: 'operator/agents/rollout.ts',
    find: 'wanted.set(name, alive)\n      return',
    replace: 'wanted.set(name, 1)\n      return',
    caughtBy: tests('operator/agents/rollout.test.ts'),
    expect: /leaves what there is/,
  },
  {
    name: 'unread-trunk-is-no-trunk',
    about: 'agents lose their numbers, and so their pods, while a trunk is not understood',
    file: 'operator/trunks/trunk-claims.ts',
    find: '    if (this.#unread) return OPEN\n',
    replace: '',
    caughtBy: tests('operator/process/claims-keeper.test.ts'),
    expect: /takes no number away/,
  },
  {
    name: 'first-process-is-deaf',
    about: 'a container that is ended in its first moment does not hear of it',
    file: 'cli/init.sh',
    find: '[ -z "$child" ] || kill -TERM "$child"\' TERM INT',
    replace: "true' TERM INT",
    caughtBy: tests('cli/init.test.ts'),
    expect: /passes SIGTERM on/,
  },
]
