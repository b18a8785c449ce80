/** A status is no proof: a real proxy was seen to serve a new split 1.6 s after it had reported it. */
export const SETTLE_SECONDS = 5;
/** A metric that has said nothing for this long cannot tell which share is served. */
export const MUTE_SECONDS = 60;
