/**
 * Pluggable storage: named tables of ordered byte keys, atomic batches, snapshots. Knows nothing of
 * versions.
 *
 * <p>May import nothing of Cartwheel; RocksDB only in {@code io.cartwheel.storage.rocksdb}. Start
 * with {@link io.cartwheel.storage.StorageEngine}; an engine of your own passes {@code
 * StorageEngineContract}, published in this module's test jar.
 */
package io.cartwheel.storage;
