/** Between operator and workers: tokens, loads, drains. */
import type { Break } from '../break.ts'
import { tests, timedTests } from '../check.ts'

const ACCESS = timedTests('runtime/worker/access.test.ts')
const IN_A_POD = timedTests('runtime/worker/worker-in-a-pod.test.ts')
const STREAM = tests('operator/loads/stream.simulation.test.ts')

export const pods: readonly Break[] = [
  {
    name: 'token-not-asked-for',
    about: 'whoever reaches a worker may drain it, without any token',
    file: 'runtime/worker/http.ts',
    find: 'if (asked && (await control.access.allows({ authorization, address: request.ip, verb: asked }))) return',
    replace: 'if (asked ?? authorization) return',
    caughtBy: ACCESS,
    expect: /without a token/,
  },
  {
    name: 'token-signature-skipped',
    about: 'a token that somebody made up is taken, as long as it says the right words',
    file: 'runtime/worker/access.ts',
    find: '    await compactVerify(token, key, { algorithms: [TOKEN_HEADER.alg] })\n',
    replace: '',
    caughtBy: ACCESS,
    expect: /signed by another key/,
  },
  {
    name: 'token-for-any-verb',
    about: 'a token to follow the load of a pod lets its bearer drain it',
    file: 'runtime/contract/token.ts',
    find: 'return `pod/${podUid}/${verb}`',
    replace: 'return `pod/${podUid}/${verb.slice(0, 0)}`',
    caughtBy: tests('runtime/contract/token.test.ts'),
    expect: /for another verb/,
  },
  {
    name: 'token-for-ever',
    about: 'a token that was seen once lets its bearer in for ever',
    file: 'runtime/contract/token.ts',
    find: "return data.exp < nowS - TOKEN_LEEWAY_S ? 'expired' : null",
    replace: 'return null',
    caughtBy: tests('runtime/contract/token.test.ts'),
    expect: /after its life/,
  },
  {
    name: 'drain-forgotten',
    about: 'a draining worker whose container is started again takes calls',
    file: 'runtime/worker/worker.ts',
    find: '    if (drain) this.drain(drain)\n',
    replace: '',
    caughtBy: IN_A_POD,
    expect: /a drain outlives the process/,
  },
  {
    name: 'drain-put-off',
    about: 'a pod that somebody takes away in a minute is told so, and waits for the hour it was told before',
    file: 'runtime/worker/drain-order.ts',
    find: 'deadline: Math.min(before.deadline, request.deadline),',
    replace: 'deadline: Math.max(before.deadline, request.deadline),',
    caughtBy: tests('runtime/worker/drain-order.test.ts'),
    expect: /earlier/,
  },
  {
    name: 'revision-forgotten',
    about: 'a worker whose container is started again answers nobody until its operator finds out',
    file: 'runtime/worker/worker.ts',
    find: 'await this.#d.state?.keepRevision(agent, { name, body })',
    replace: 'void agent',
    caughtBy: IN_A_POD,
    expect: /its revision outlives the process/,
  },
  {
    name: 'unknown-is-idle',
    about: 'a pod that nobody hears of counts as what it said last: empty, and it may be taken away with its calls',
    file: 'operator/loads/stream-state.ts',
    find: "const open = s.phase === 'open' && line !== null && lineAt !== null\n  if (open && now - lineAt < LOAD_UNKNOWN_MS)",
    replace: 'const open = line !== null && lineAt !== null\n  if (open)',
    caughtBy: STREAM,
    expect: /a silent line is unknown/,
  },
  {
    name: 'late-line-believed',
    about: 'a line that was on its way for long says that a pod has no call, and is believed',
    file: 'operator/loads/stream-step.ts',
    find: 'if (line.seq <= before.seq) return',
    replace: 'if (line.seq === before.seq) return',
    caughtBy: STREAM,
    expect: /says it knows only what is so/,
  },
  {
    name: 'line-by-its-beginning',
    about: 'of a line that begins as the one before it, the rest is not read: its calls, its drain',
    file: 'operator/loads/line-reader.ts',
    find: 'if (!text.startsWith(before) || !text.endsWith(after)) return null\n    const digits = text.slice(before.length, text.length - after.length)',
    replace:
      "if (!text.startsWith(before)) return null\n    const [digits = ''] = text.slice(before.length).split(',')",
    caughtBy: tests('operator/loads/line-reader.test.ts'),
    expect: /as if it stood alone/,
  },
  {
    name: 'key-signs-unknown',
    about: 'the operator signs with a key that workers do not know yet: all of them count as busy',
    file: 'operator/tokens/key-ring.ts',
    find: '|| now - next.createdAt < SETTLE_MS',
    replace: '',
    caughtBy: tests('operator/tokens/key-ring.test.ts'),
    expect: /does not sign before it is known everywhere/,
  },
  {
    name: 'counters-flood',
    about: 'after a pause the counters of ten thousand agents are written at once',
    file: 'operator/loads/counter-writes.ts',
    find: 'if (this.#paidUntil - now > AT_ONCE_MS)',
    replace: 'if (this.#paidUntil - now > AT_ONCE_MS * 1e6)',
    caughtBy: tests('operator/loads/counter-writes.test.ts'),
    expect: /never come faster than allowed/,
  },
]
