package io.cartwheel.cluster.node;

import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.nio.file.Path;

/** An engine that takes no writes, from who does not want to wait, while the test says so. */
final class StallingEngine implements StorageEngine {
  private final StorageEngine engine;
  volatile boolean stalls;

  StallingEngine(StorageEngine engine) {
    this.engine = engine;
  }

  @Override
  public boolean tryWrite(WriteBatch batch, Durability durability) {
    return !stalls && engine.tryWrite(batch, durability);
  }

  @Override
  public byte[] get(Table table, byte[] key) {
    return engine.get(table, key);
  }

  @Override
  public byte[] getIfWarm(Table table, byte[] key) {
    return engine.getIfWarm(table, key);
  }

  @Override
  public StorageIterator iterate(Table table, byte[] from, byte[] to) {
    return engine.iterate(table, from, to);
  }

  @Override
  public WriteBatch newBatch() {
    return engine.newBatch();
  }

  @Override
  public void write(WriteBatch batch, Durability durability) {
    engine.write(batch, durability);
  }

  @Override
  public void sync() {
    engine.sync();
  }

  @Override
  public void checkpoint(Path target) {
    engine.checkpoint(target);
  }

  @Override
  public long approximateSizeBytes(Table table, byte[] from, byte[] to) {
    return engine.approximateSizeBytes(table, from, to);
  }

  @Override
  public void close() {
    engine.close();
  }
}
