/**
 * The engine {@code rocksdb}, the default: one RocksDB, a column family per table.
 *
 * <p>The only package that may import {@code org.rocksdb}; of Cartwheel {@code
 * io.cartwheel.storage} only. Start with {@link io.cartwheel.storage.rocksdb.RocksDbSettings},
 * which holds every choice, then {@link io.cartwheel.storage.rocksdb.RocksDbEngine}.
 */
package io.cartwheel.storage.rocksdb;
