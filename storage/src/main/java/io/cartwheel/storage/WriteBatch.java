package io.cartwheel.storage;

/** Puts and deletes that take effect together. Later calls for a key win over earlier ones. */
public interface WriteBatch extends AutoCloseable {
  void put(Table table, byte[] key, byte[] value);

  void delete(Table table, byte[] key);

  int size();

  void clear();

  @Override
  void close();
}
