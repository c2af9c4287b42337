/** Who is named as a destination must be one. */
import type { Rule } from './rule.ts'

interface Named {
  readonly destinations?: readonly { readonly name: string }[] | undefined
  readonly callControl?:
    | {
        readonly transfer?: { readonly to: readonly string[] } | undefined
        readonly human?: { readonly destination: string } | undefined
      }
    | undefined
}

const known = (spec: Named, name: string): boolean => spec.destinations?.some(each => each.name === name) === true

export const namedDestinations: readonly Rule<Named>[] = [
  {
    cel: '!has(self.callControl) || !has(self.callControl.transfer) || self.callControl.transfer.to.all(n, has(self.destinations) && self.destinations.exists(d, d.name == n))',
    message: 'names a destination that is not in spec.destinations',
    at: 'callControl.transfer.to',
    holds: spec => spec.callControl?.transfer?.to.every(name => known(spec, name)) ?? true,
  },
  {
    cel: '!has(self.callControl) || !has(self.callControl.human) || (has(self.destinations) && self.destinations.exists(d, d.name == self.callControl.human.destination))',
    message: 'is not the name of one of spec.destinations',
    at: 'callControl.human.destination',
    holds: spec => {
      const name = spec.callControl?.human?.destination
      return name === undefined || known(spec, name)
    },
  },
]
