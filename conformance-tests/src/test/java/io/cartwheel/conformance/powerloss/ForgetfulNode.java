package io.cartwheel.conformance.powerloss;

/** A file or a directory. What is said of it beside its content survives at once. */
abstract class ForgetfulNode {
  private final long id;
  private int mode;
  private int user;
  private int group;
  private long modifiedMillis;

  /** How often the kernel has been told of it, and has not forgotten it since. */
  private long lookups;

  /**
   * @param id never given twice, also not over a cut: by it the kernel knows what it has cached
   * @param mode with the type, as in {@code st_mode}
   */
  ForgetfulNode(long id, int mode) {
    this.id = id;
    this.mode = mode;
    this.modifiedMillis = System.currentTimeMillis();
  }

  final long id() {
    return id;
  }

  final int mode() {
    return mode;
  }

  /** Changes the permissions; the type stays. */
  final void permit(int permissions) {
    mode = (mode & ~07777) | (permissions & 07777);
  }

  final int user() {
    return user;
  }

  final int group() {
    return group;
  }

  final void own(int newUser, int newGroup) {
    user = newUser;
    group = newGroup;
  }

  final long modifiedMillis() {
    return modifiedMillis;
  }

  final void touch(long millis) {
    modifiedMillis = millis;
  }

  final void copyAttributes(ForgetfulNode other) {
    mode = other.mode;
    own(other.user, other.group);
    touch(other.modifiedMillis);
  }

  final void lookUp() {
    lookups++;
  }

  /** Returns whether the kernel knows nothing of it any more. */
  final boolean forget(long times) {
    lookups -= times;
    return lookups <= 0;
  }

  abstract long sizeBytes();

  /** From now on what it holds survives. */
  abstract void sync();

  /** What is left of it when the power goes now, under a new id. */
  abstract ForgetfulNode survivor(Cut cut);
}
