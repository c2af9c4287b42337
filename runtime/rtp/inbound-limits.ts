/** The times by which the way in decides, in ms. */
/** Longest wait for a packet that others have overtaken. */
export const REORDER_WAIT_MS = 60
/** Audio older than this when it comes is not played: a burst of the past helps nobody. */
export const STALE_MS = 200
/** Nothing came for this long beyond its time: our clock fills. When the peer said it pauses, a frame's lateness is enough. */
export const FILL_WAIT_MS = 60
export const FILL_WAIT_QUIET_MS = 20
/** We did not run for this long: packets wait in the socket, so filling waits for one more tick. */
export const OWN_STALL_MS = 100
/** Further ahead than this, a timestamp was set anew rather than run on. */
export const JUMP_MS = 1000
/** All that comes has been too late for this long: the path has become longer, and its delay is the new normal. */
export const RESYNC_MS = 100
export const FRAME_MS = 20
export const SAMPLES_PER_MS = 8
