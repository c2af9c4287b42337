/** The API, and the rules that the code keeps. */
import type { Break } from '../break.ts'
import { ciSum, generated, layers, lint, tests, types } from '../check.ts'

export const code: readonly Break[] = [
  {
    name: 'typo-accepted',
    about: 'an unknown field in a manifest is dropped without a word',
    file: 'crds/voice-agent.ts',
    find: 'export const voiceAgentSpec = ruled(\n  z.strictObject({',
    replace: 'export const voiceAgentSpec = ruled(\n  z.object({',
    caughtBy: tests('cli/validate-wrong.test.ts'),
    expect: /field-(case|misplaced|other-name|unlike-any|typo)/,
  },
  {
    name: 'default-drifts',
    about: 'a default is changed, and the CRDs and pages are not',
    file: 'crds/agent-parts.ts',
    find: "duration('10s', '12h').default('30m')",
    replace: "duration('10s', '12h').default('31m')",
    caughtBy: generated,
    expect: /voiceagents\.yaml/,
  },
  {
    name: 'event-misspelt',
    about: 'a session sends an event that the vendor does not know',
    file: 'runtime/sessions/openai/commands.ts',
    find: "type: 'response.cancel'",
    replace: "type: 'response.cancelled'",
    caughtBy: types,
    expect: /commands\.ts.*response\.cancel/,
  },
  {
    name: 'layer-crossed',
    about: 'the worker imports a simulator',
    file: 'runtime/worker/clock.ts',
    find: "import type { Ms } from '#runtime/media/format.ts'",
    replace: "import type { Ms } from '#runtime/media/format.ts'\nimport '#simulators/caller/clock.ts'",
    caughtBy: layers,
    expect: /worker-below-cli.*runtime\/worker\/clock\.ts/,
  },
  {
    name: 'core-reads-clock',
    about: 'the call machine looks at the wall clock',
    file: 'runtime/call/timers.ts',
    find: 'call.timers[name] = at\n',
    replace: 'call.timers[name] = Math.max(at, Date.now() * 0)\n',
    caughtBy: lint,
    expect: /Date/,
  },
  {
    name: 'test-skipped',
    about: 'a test is skipped, and CI looks green',
    file: 'runtime/worker/slots.test.ts',
    find: "test('refuses the call after the last slot",
    replace: "test.skip('refuses the call after the last slot",
    caughtBy: ciSum('runtime/worker/slots.test.ts'),
    expect: /1 failed/,
  },
]
