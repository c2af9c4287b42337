/** A worker pod as loads and calls to it need to know it. */
export interface FollowedPod {
  readonly uid: string
  readonly name: string
  /** `status.podIP`. */
  readonly address: string
}
