package io.cartwheel.storage.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cartwheel.storage.StorageException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RocksDbSettingsTest {

  @Test
  void withoutSettingsTheDefaultsHold() {
    RocksDbSettings settings = RocksDbSettings.of(Map.of());
    assertEquals(64L << 20, settings.blockCacheSizeBytes());
    assertEquals(16L << 20, settings.memtableSizeBytes());
    assertEquals(RocksDbSettings.WalRecovery.TORN_TAIL, settings.walRecovery());
    assertEquals("LZ4_COMPRESSION", settings.compression().name());
  }

  @ParameterizedTest
  @CsvSource({
    "8388608, 8388608",
    "8M, 8388608",
    "8 MiB, 8388608",
    "8m, 8388608",
    "8 MB, 8000000",
    "100 kB, 100000",
    "100K, 102400",
    "100 KiB, 102400",
    "1G, 1073741824",
    "1 GB, 1000000000"
  })
  void sizesAreBytesOrHaveAUnit(String text, long bytes) {
    assertEquals(bytes, RocksDbSettings.of(Map.of("memtable-size", text)).memtableSizeBytes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "memtable-size|-1|a size such as '16 MiB', from 65536 to 4294967296 bytes",
        "memtable-size|5 apples|a size such as '16 MiB', from 65536 to 4294967296 bytes",
        "memtable-size|999999999999999999G|a size such as '16 MiB', from 65536 to 4294967296 bytes",
        "memtables|1|a whole number from 2 to 64",
        "memtables|three|a whole number from 2 to 64",
        "max-open-files|99999999999999999999|a whole number from 16 to 1000000",
        "compression|lzma|one of [lz4, none, snappy, zstd]",
        "wal-recovery|hope|one of [point-in-time, torn-tail]"
      })
  void aBadValueIsRefusedWithNameValueAndWhatIsAllowed(String name, String value, String allowed) {
    StorageException refusal =
        assertThrows(StorageException.class, () -> RocksDbSettings.of(Map.of(name, value)));
    assertEquals(
        "storage.rocksdb." + name + " = '" + value + "': " + allowed, refusal.getMessage());
  }

  @Test
  void anUnknownSettingIsRefusedWithTheNamesOfTheKnown() {
    StorageException refusal =
        assertThrows(
            StorageException.class, () -> RocksDbSettings.of(Map.of("memtable-siez", "1")));
    assertEquals(
        "storage.rocksdb.memtable-siez = '1': unknown setting; one of [block-cache-size,"
            + " memtable-size, memtables, compression, max-open-files, background-jobs,"
            + " wal-recovery]",
        refusal.getMessage());
  }
}
