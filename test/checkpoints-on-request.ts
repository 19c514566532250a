/**
 * The interval of a test that asks for each of its checkpoints, in milliseconds. The first periodic one is due at a random moment
 * within the interval, so it has to be so long that none comes by chance while the test runs.
 */
export const ON_REQUEST_MS = 1_000_000_000;
