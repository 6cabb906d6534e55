package io.cartwheel.storage.memory;

import io.cartwheel.storage.DataDirectory;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.Gate;
import io.cartwheel.storage.OperationList;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Tables on the heap. It forgets everything when closed, whatever durability was asked for, but
 * starts with what the checkpoint in its directory holds, if that is one; everything is warm.
 *
 * <p>All tables together are one immutable map behind one volatile reference: a write builds the
 * next map and publishes it, so batches are atomic over tables, and readers never wait.
 */
final class MemoryEngine implements StorageEngine {
  private final DataDirectory directory;
  private final Gate gate = new Gate();
  private final Object writing = new Object();
  private volatile Map<Table, Treap> contents;

  MemoryEngine(DataDirectory directory, Map<Table, Treap> contents) {
    this.directory = directory;
    this.contents = contents;
  }

  @Override
  public byte[] get(Table table, byte[] key) {
    byte[] value = snapshot(table).get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public byte[] getIfWarm(Table table, byte[] key) {
    return get(table, key);
  }

  @Override
  public StorageIterator iterate(Table table, byte[] from, byte[] to) {
    return new Entries(snapshot(table).walk(from, to));
  }

  @Override
  public WriteBatch newBatch() {
    return new OperationList();
  }

  @Override
  public void write(WriteBatch batch, Durability durability) {
    enter();
    try {
      synchronized (writing) {
        Map<Table, Treap> next = new HashMap<>(contents);
        for (OperationList.Operation operation : OperationList.of(batch)) {
          Table table = operation.table();
          Treap treap = existing(next, table);
          next.put(
              table,
              operation.value() == null
                  ? treap.remove(operation.key())
                  : treap.put(operation.key(), operation.value()));
        }
        contents = next;
      }
    } finally {
      gate.leave();
    }
  }

  @Override
  public void sync() {
    requireOpen();
  }

  @Override
  public void checkpoint(Path target) {
    enter();
    try {
      Map<Table, Treap> snapshot = contents;
      DataDirectory.createCopy(
          target,
          MemoryProvider.NAME,
          MemoryProvider.FORMAT_VERSION,
          data -> CheckpointFile.write(data, snapshot));
    } finally {
      gate.leave();
    }
  }

  @Override
  public long approximateSizeBytes(Table table, byte[] from, byte[] to) {
    return snapshot(table).sizeBytes(from, to);
  }

  @Override
  public Map<String, Long> gauges() {
    requireOpen();
    long sum = 0;
    for (Treap treap : contents.values()) {
      sum += treap.sizeBytes(null, null);
    }
    return Map.of("live-data-size-bytes", sum);
  }

  @Override
  public void close() {
    if (gate.shut()) {
      contents = Map.of();
      directory.close();
    }
  }

  private Treap snapshot(Table table) {
    Map<Table, Treap> seen = contents;
    requireOpen();
    return existing(seen, table);
  }

  private Treap existing(Map<Table, Treap> among, Table table) {
    Treap treap = among.get(table);
    if (treap == null) {
      throw new IllegalArgumentException(directory.path() + " has no table " + table);
    }
    return treap;
  }

  private void enter() {
    if (!gate.tryEnter()) {
      throw closed();
    }
  }

  private void requireOpen() {
    if (gate.isShut()) {
      throw closed();
    }
  }

  private IllegalStateException closed() {
    return new IllegalStateException("the storage engine at " + directory.path() + " is closed");
  }

  private final class Entries implements StorageIterator {
    private final Treap.Walk walk;
    private Treap.Node present;
    private boolean open = true;

    Entries(Treap.Walk walk) {
      this.walk = walk;
    }

    @Override
    public boolean next() {
      requireUsable();
      present = walk.next();
      return present != null;
    }

    @Override
    public byte[] key() {
      return entry().key.clone();
    }

    @Override
    public byte[] value() {
      return entry().value.clone();
    }

    @Override
    public void close() {
      open = false;
      present = null;
    }

    private Treap.Node entry() {
      requireUsable();
      if (present == null) {
        throw new NoSuchElementException("next() was not called, or returned false");
      }
      return present;
    }

    private void requireUsable() {
      requireOpen();
      if (!open) {
        throw new IllegalStateException("this iterator is closed");
      }
    }
  }
}
