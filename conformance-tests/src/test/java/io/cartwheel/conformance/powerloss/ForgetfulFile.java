package io.cartwheel.conformance.powerloss;

import java.util.ArrayList;
import java.util.List;

/** A file: what it holds, what it held when it was last synced, and all that was done since. */
final class ForgetfulFile extends ForgetfulNode {
  private final Content content;
  private Content synced;
  private final List<Change> unsynced = new ArrayList<>();

  /** Something that was done to the content. */
  private interface Change {
    void applyTo(Content content);

    /** Of the change that was under way when the power went. */
    default void tear(Content content, Cut cut) {}
  }

  private record Write(long offset, byte[] bytes) implements Change {
    @Override
    public void applyTo(Content content) {
      content.write(offset, bytes, bytes.length);
    }

    @Override
    public void tear(Content content, Cut cut) {
      int length = cut.torn(bytes.length);
      if (length > 0) {
        content.write(offset, bytes, length);
      }
    }
  }

  ForgetfulFile(long id, int mode) {
    this(id, mode, new Content());
  }

  private ForgetfulFile(long id, int mode, Content content) {
    super(id, mode);
    this.content = content;
    this.synced = content.copy();
  }

  @Override
  long sizeBytes() {
    return content.sizeBytes();
  }

  byte[] read(long offset, int length) {
    return content.read(offset, length);
  }

  /** The file keeps the array. */
  void write(long offset, byte[] bytes) {
    change(new Write(offset, bytes));
  }

  void resize(long sizeBytes) {
    change(of -> of.resize(sizeBytes));
  }

  /** Makes a hole; the size stays. */
  void zero(long offset, long length) {
    change(of -> of.zero(offset, length));
  }

  private void change(Change change) {
    change.applyTo(content);
    unsynced.add(change);
    touch(System.currentTimeMillis());
  }

  @Override
  void sync() {
    synced = content.copy();
    unsynced.clear();
  }

  @Override
  ForgetfulFile survivor(Cut cut) {
    Content left = synced.copy();
    int spared = cut.spared(unsynced.size());
    unsynced.subList(0, spared).forEach(change -> change.applyTo(left));
    if (spared < unsynced.size()) {
      unsynced.get(spared).tear(left, cut);
    }
    ForgetfulFile survivor = new ForgetfulFile(cut.nextId(), mode(), left);
    survivor.copyAttributes(this);
    return survivor;
  }
}
