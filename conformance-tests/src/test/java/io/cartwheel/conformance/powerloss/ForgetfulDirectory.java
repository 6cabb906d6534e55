package io.cartwheel.conformance.powerloss;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A directory: its names, those it had when it was last synced, and all that was done since. */
final class ForgetfulDirectory extends ForgetfulNode {
  /**
   * A name of a directory.
   *
   * @param place greater than those of names that came before; where a listing goes on
   */
  record Entry(ForgetfulNode node, long place) {}

  /** Something that was done to the names, which happens wholly or not at all. */
  private interface Change {
    void applyTo(Map<String, Entry> names);
  }

  private final Map<String, Entry> names;
  private Map<String, Entry> synced;
  private final List<Change> unsynced = new ArrayList<>();
  private long lastPlace;

  ForgetfulDirectory(long id, int mode) {
    super(id, mode);
    this.names = new LinkedHashMap<>();
    this.synced = new LinkedHashMap<>();
  }

  /** Null where there is none. */
  ForgetfulNode get(String name) {
    Entry entry = names.get(name);
    return entry == null ? null : entry.node();
  }

  Map<String, Entry> names() {
    return names;
  }

  void put(String name, ForgetfulNode node) {
    Entry entry = new Entry(node, ++lastPlace);
    change(of -> of.put(name, entry));
  }

  void remove(String name) {
    change(of -> of.remove(name));
  }

  /** Replaces what had the new name. */
  void rename(String from, String to) {
    Entry entry = new Entry(get(from), ++lastPlace);
    change(
        of -> {
          of.remove(from);
          of.remove(to);
          of.put(to, entry);
        });
  }

  private void change(Change change) {
    change.applyTo(names);
    unsynced.add(change);
    touch(System.currentTimeMillis());
  }

  @Override
  long sizeBytes() {
    return 0;
  }

  @Override
  void sync() {
    synced = new LinkedHashMap<>(names);
    unsynced.clear();
  }

  @Override
  ForgetfulDirectory survivor(Cut cut) {
    ForgetfulDirectory survivor = new ForgetfulDirectory(cut.nextId(), mode());
    fill(survivor, cut);
    return survivor;
  }

  /** Puts what is left of it into another directory, which is empty. */
  void fill(ForgetfulDirectory survivor, Cut cut) {
    Map<String, Entry> left = new LinkedHashMap<>(synced);
    int spared = cut.spared(unsynced.size());
    unsynced.subList(0, spared).forEach(change -> change.applyTo(left));
    left.forEach((name, entry) -> survivor.put(name, entry.node().survivor(cut)));
    survivor.sync();
    survivor.copyAttributes(this);
  }
}
