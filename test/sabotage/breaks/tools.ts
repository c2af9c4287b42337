/** Tools: what of the model's wishes goes out. */
import type { Break } from '../break.ts'
import { tests, timedTests } from '../check.ts'

const EXECUTE = timedTests('runtime/tools/execute.test.ts')
const MACHINE = tests('runtime/call/tools.test.ts')

export const tools: readonly Break[] = [
  {
    name: 'arguments-unchecked',
    about: 'a tool is called with arguments that do not fit its schema',
    file: 'runtime/tools/execute.ts',
    find: 'checkArguments(tool.parameters, args)',
    replace: '(checkArguments.length, args as never)',
    caughtBy: EXECUTE,
    expect: /arguments that do not fit are not sent/,
  },
  {
    name: 'write-retried',
    about: 'a Write whose connection broke is sent again, and may happen twice',
    file: 'runtime/tools/execute.ts',
    find: "if (tool.effect === 'Write' || signal.aborted",
    replace: 'if (signal.aborted',
    caughtBy: EXECUTE,
    expect: /broken \d times: asked \d times/,
  },
  {
    name: 'redirect-followed',
    about: 'a tool sends our request to wherever it likes',
    file: 'runtime/tools/execute.ts',
    find: "redirect: 'manual'",
    replace: "redirect: 'follow'",
    caughtBy: EXECUTE,
    expect: /a redirect \(\d+\) is not followed/,
  },
  {
    name: 'timeout-ignored',
    about: 'a tool that hangs is waited for, and the caller hears nothing',
    file: 'runtime/call/tools.ts',
    find: "if (run.state !== 'running' || run.deadline > s.now) continue",
    replace: "if (run.state !== 'running' || run.deadline > s.now - 3_600_000) continue",
    caughtBy: MACHINE,
    expect: /that does not answer in time/,
  },
  {
    name: 'response-per-output',
    about: 'the model is made to speak after each of several outputs',
    file: 'runtime/call/tools.ts',
    find: "if (call.tools.some(t => t.response === response && t.state === 'running')) return",
    replace: '',
    caughtBy: MACHINE,
    expect: /of several: all outputs first/,
  },
  {
    name: 'two-responses-to-a-turn',
    about: 'a tool that answers while the caller speaks makes the agent talk twice',
    file: 'runtime/call/seen.ts',
    find: "if (s.call.policy.responses === 'provider') s.call.serverUntil = s.now + SERVER_MS",
    replace: "if (s.call.policy.responses === 'provider') s.call.serverUntil = s.now + SERVER_MS * 0",
    caughtBy: MACHINE,
    expect: /while the caller speaks: the server’s response/,
  },
  {
    name: 'output-not-told',
    about: 'the output of a tool is never told when the server had begun to speak just before it came',
    file: 'runtime/call/seen.ts',
    find: 'return call.outputs.every(o => o.at + TAKEN_MS <= now)',
    replace: 'return call.outputs.every(o => o.at <= now + TAKEN_MS)',
    caughtBy: MACHINE,
    expect: /the server had begun without it/,
  },
  {
    name: 'goodbye-cut',
    about: 'the agent hangs up before its last words are heard',
    file: 'runtime/call/end-call.ts',
    find: 'call.goodbye === null || call.response !== null || agentBusy(call)) return',
    replace: 'call.goodbye === null || call.response !== null) return\n  void agentBusy',
    caughtBy: MACHINE,
    expect: /hangs up when the last words are played/,
  },
]
