/**
 * Rights that the operator holds and no run of it uses, each with its reason. A right that comes to be used, or is held no more, must leave this list.
 */
import type { Reasoned } from './judge.ts'

export const UNUSED: readonly Reasoned[] = [
  {
    right: 'update switchboard.dev/voiceagents/finalizers everywhere',
    reason:
      'no request of its own: admission asks for it when a revision is made that holds up the deletion of its agent',
    shownBy: 'test/charts/owner-references.api.test.ts',
  },
  {
    right: 'update switchboard.dev/voiceagentrevisions/finalizers everywhere',
    reason:
      'no request of its own: admission asks for it when a pod is made that holds up the deletion of its revision',
    shownBy: 'test/charts/owner-references.api.test.ts',
  },
  {
    right: 'get nodes everywhere',
    reason: 'a pod is deleted because its process ended, or its node is gone: the node is looked at anew before',
    shownBy: 'operator/fleets/fleets.test.ts',
  },
  {
    right: 'get pods everywhere',
    reason: 'the answer to a create was lost, and no watch has shown the pod for a while',
    shownBy: 'operator/fleets/fleets.test.ts',
  },
]
