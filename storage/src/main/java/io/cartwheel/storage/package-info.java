/**
 * Pluggable storage: named tables of ordered byte keys, atomic batches, snapshots. Knows nothing of
 * versions.
 *
 * <p>May import nothing of Cartwheel; RocksDB only in {@code io.cartwheel.storage.rocksdb}. Start
 * with {@link io.cartwheel.storage.StorageEngine}; {@link io.cartwheel.storage.StorageEngines}
 * opens one by name. Engines share {@link io.cartwheel.storage.DataDirectory} (identity and lock),
 * {@link io.cartwheel.storage.Gate} (no call after a close) and {@link
 * io.cartwheel.storage.OperationList} (a batch). An engine of your own passes {@code
 * StorageEngineContract}, published in this module's test jar.
 */
package io.cartwheel.storage;
