/** What the operator may cost the API server: writes and turns that nobody needs. */
import type { Break } from '../break.ts'
import { tests } from '../check.ts'

const BOX = tests('operator/process/echo-box.test.ts')

export const operator: readonly Break[] = [
  {
    name: 'status-every-turn',
    about: 'every turn of an agent writes its status, whether it says anything new or not',
    file: 'operator/agents/status-writer.ts',
    find: '    if (sameStatus(before, next)) return null\n',
    replace: '',
    caughtBy: tests('operator/agents/status-writer.test.ts'),
    expect: /when it stands there already/,
  },
  {
    name: 'status-by-cache',
    about: 'a status is written again until the cache shows it',
    file: 'operator/agents/status-writer.ts',
    find: 'return this.#written.of(object.uid, cached, this.#now())',
    replace: 'return cached',
    caughtBy: tests('operator/agents/status-writer.test.ts'),
    expect: /is written once/,
  },
  {
    name: 'echo-wakes',
    about: 'each of our own writes brings a turn that finds nothing to do',
    file: 'operator/process/echo-box.ts',
    find: 'else if (heard.some(object => !this.#o.own.has(object))) this.#o.told(key)',
    replace: 'else if (heard.length > 0) this.#o.told(key)',
    caughtBy: BOX,
    expect: /wakes nobody for our own writes/,
  },
  {
    name: 'echo-in-a-turn',
    about: 'where the API server is slow, each of our own writes brings a turn that finds nothing to do',
    file: 'operator/process/echo-box.ts',
    find: 'if (this.#o.working(key)) this.#new.set(key, heard)\n      else ',
    replace: '',
    caughtBy: BOX,
    expect: /while a turn is under way/,
  },
  {
    name: 'echo-hides',
    about: 'what somebody else wrote is not looked at, when we wrote soon after',
    file: 'operator/process/echo-box.ts',
    find: 'heard.some(object => !this.#o.own.has(object))',
    replace: 'heard.every(object => !this.#o.own.has(object))',
    caughtBy: BOX,
    expect: /tells once of what others wrote/,
  },
  {
    name: 'stale-step-dropped',
    about:
      'a step that found something changed is not tried again, for what changed it was our own write, of which nobody tells',
    file: 'operator/agents/again-after.ts',
    find: '  if (stale > 0) return now + STALE_AGAIN_MS\n',
    replace: '',
    caughtBy: tests('operator/agents/again-after.test.ts'),
    expect: /was not as planned from/,
  },
  {
    name: 'new-before-begun',
    about: 'of thousands of agents that are applied at once, each is begun before any is brought further',
    file: 'kube/queue/keyed-queue.ts',
    find: "const URGENCIES = ['urgent', 'normal', 'new', 'background']",
    replace: "const URGENCIES = ['urgent', 'new', 'normal', 'background']",
    caughtBy: tests('kube/queue/keyed-queue.test.ts'),
    expect: /lets what was begun go on/,
  },
  {
    name: 'blank-believed',
    about:
      'a worker that was heard of without its revision counts as serving it while nobody hears of it: calls go where nobody answers',
    file: 'operator/fleets/standing.ts',
    find: 'return load.revisions[pod.revision] !== undefined',
    replace: 'return true',
    caughtBy: tests('operator/agents/pods-seen.test.ts'),
    expect: /was blank when it was last heard of/,
  },
  {
    name: 'never-asked-silent',
    about: 'a pod that was Ready for long before the operator came to look at it counts as silent, and is replaced',
    file: 'operator/fleets/standing.ts',
    find: '  if (s.load === NOT_ASKED) return false\n',
    replace: '',
    caughtBy: tests('operator/fleets/plan.test.ts'),
    expect: /seen for the first time/,
  },
  {
    name: 'all-nodes-down',
    about: 'after the API server was away, pods of all nodes are replaced at once',
    file: 'operator/fleets/standing.ts',
    find: 'return isAnyReady(nodes) ? policy.suspectMs : policy.unknownMs',
    replace: 'return policy.suspectMs',
    caughtBy: tests('operator/fleets/plan.test.ts'),
    expect: /where no node is Ready/,
  },
  {
    name: 'prompts-unsaid',
    about: 'the operator does not hear that words which callers must hear could not be rendered',
    file: 'operator/loads/same-load.ts',
    find: 'is.id === was.id && samePrompts(is.prompts, was.prompts)',
    replace: 'is.id === was.id',
    caughtBy: tests('operator/loads/same-load.test.ts'),
    expect: /texts that cannot be rendered/,
  },
]
