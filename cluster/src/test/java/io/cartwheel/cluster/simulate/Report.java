package io.cartwheel.cluster.simulate;

/**
 * What a run has come to.
 *
 * @param failure why it failed, or null
 */
record Report(
    Plan plan,
    Fault.Counts counts,
    Excuse.Counts excuses,
    int requests,
    long acknowledged,
    long virtualMillis,
    long trace,
    String failure) {

  /** Stands before why a seed failed. */
  static final String FAIL = "FAIL: ";

  boolean passed() {
    return failure == null;
  }

  Report failed(String why) {
    return new Report(plan, counts, excuses, requests, acknowledged, virtualMillis, trace, why);
  }

  @Override
  public String toString() {
    return String.format(
        "seed %d nodes %d: %s | excused: %s | %d requests, %d ok, %.1f s, trace %016x: %s",
        plan.seed(),
        plan.nodes(),
        counts.toString().isEmpty() ? "calm" : counts,
        excuses.toString().isEmpty() ? "nothing" : excuses,
        requests,
        acknowledged,
        virtualMillis / 1000.0,
        trace,
        passed() ? "PASS" : FAIL + failure);
  }
}
