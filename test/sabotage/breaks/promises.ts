/** Secrets, records, traces: what is kept of a call, and what never is. */
import type { Break } from '../break.ts'
import { tests, timedTests } from '../check.ts'

const TRACE = tests('runtime/telemetry/call-trace.test.ts')

export const promises: readonly Break[] = [
  {
    name: 'secret-in-error',
    about: 'words of the vendor that hold our key are passed on',
    file: 'runtime/sessions/openai/redact.ts',
    find: "secret.length < SHORTEST ? text : text.replaceAll(secret, '[redacted]')",
    replace: 'secret.length < SHORTEST ? text : text',
    caughtBy: tests('runtime/sessions/openai/redact.test.ts'),
    expect: /never the secret/,
  },
  {
    name: 'secret-in-log',
    about: 'the key of the provider is in the log of the worker',
    file: 'runtime/worker/worker.ts',
    find: "if (apiKey === undefined) throw workerErrors.noCredential(revision.agent, 'none is mounted')",
    replace:
      "if (apiKey === undefined) throw workerErrors.noCredential(revision.agent, 'none is mounted')\n    log.debug({ key: apiKey }, 'session with key')",
    caughtBy: timedTests('runtime/worker/worker-guards.test.ts'),
    expect: /the log holds no secret/,
  },
  {
    name: 'digits-in-record',
    about: 'the record holds the keys that the caller pressed',
    file: 'runtime/call/dtmf.ts',
    find: "record(s, { kind: 'dtmf', count: digits.length })",
    replace: "record(s, { kind: 'dtmf', count: digits.length, digits } as never)",
    caughtBy: tests('runtime/call/dtmf.test.ts'),
    expect: /leave only their count in the record/,
  },
  {
    name: 'content-in-trace',
    about: 'words and numbers of callers are in traces of agents that did not allow it',
    file: 'runtime/telemetry/attributes.ts',
    find: '(content || !isPii(name))',
    replace: '(content || isPii(name) || !isPii(name))',
    caughtBy: TRACE,
    expect: /keeps caller content only when it is allowed/,
  },
  {
    name: 'turns-beside-session',
    about: 'spans of turns do not lie under their session',
    file: 'runtime/telemetry/call-trace.ts',
    find: "      case 'turn':\n        return session\n",
    replace: "      case 'turn':\n        return leg\n",
    caughtBy: TRACE,
    expect: /the tree of a call/,
  },
  {
    name: 'trace-not-continued',
    about: 'a tool does not learn of the trace that called it',
    file: 'runtime/worker/tool-runner.ts',
    find: '{ traceparent: toolCall => traceparent(toolCall) ?? undefined }',
    replace: '{ traceparent: toolCall => (traceparent(toolCall), undefined) }',
    caughtBy: timedTests('runtime/worker/worker.test.ts', 'a tool call goes out over HTTP with the trace of the call'),
    expect: /a tool call goes out over HTTP with the trace of the call/,
  },
  {
    name: 'record-without-end',
    about: 'a flood of turns costs the record how and why the call ended',
    file: 'runtime/ledger/queue.ts',
    find: "new Set(['begin', 'answered', 'end', 'fault'])",
    replace: "new Set(['begin', 'answered', 'fault'])",
    caughtBy: tests('runtime/ledger/queue.test.ts'),
    expect: /keeps the last tenth for first and last words/,
  },
  {
    name: 'record-lost-on-exit',
    about: 'a ledger that closes forgets what it had not written',
    file: 'runtime/ledger/open-ledger.ts',
    find: 'if (timeoutMs > 0) await this.flush(timeoutMs)',
    replace: '',
    caughtBy: timedTests('runtime/ledger/open-ledger.test.ts'),
    expect: /./,
  },
  {
    name: 'record-readable-by-all',
    about: 'everybody on the machine can read the record of calls',
    file: 'runtime/ledger/store.ts',
    find: "openSync(path, 'a', 0o600)",
    replace: "openSync(path, 'a', 0o644)",
    caughtBy: timedTests('runtime/ledger/open-ledger.test.ts'),
    expect: /is readable by its owner alone/,
  },
  {
    name: 'unheard-remembered',
    about: 'a new session is told words that the caller never heard',
    file: 'runtime/call/history.ts',
    find: '    const text = heardWords(entry)\n',
    replace: '    const { text } = entry\n',
    caughtBy: tests('runtime/call/sessions.test.ts'),
    expect: /with what was said and heard/,
  },
]
