package io.cartwheel.storage.rocksdb;

import io.cartwheel.storage.StorageException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rocksdb.CompressionType;
import org.rocksdb.WALRecoveryMode;

/**
 * The settings below {@code storage.rocksdb.}, and the reason of each default. Sizes are bytes, or
 * a number with a unit: {@code K}, {@code M}, {@code G} or {@code KiB}, {@code MiB}, {@code GiB}
 * (powers of 1024), {@code kB}, {@code MB}, {@code GB} (powers of 1000).
 *
 * @param blockCacheSizeBytes {@code block-cache-size}, 64 MiB: uncompressed blocks, indexes and
 *     filters of all tables; what is not here or in a memtable is cold
 * @param memtableSizeBytes {@code memtable-size}, 16 MiB per table: the strongest knob for writes,
 *     a bigger skiplist misses the processor's cache; 64 MiB made a put twice as slow
 * @param memtables {@code memtables}, 3 per table: one in use and two being flushed, then writes
 *     wait
 * @param compression {@code compression}, lz4: of {@code none snappy lz4 zstd}
 * @param maxOpenFiles {@code max-open-files}, 512: files kept open; more are reopened when needed
 * @param backgroundJobs {@code background-jobs}, 2: threads that flush and compact
 * @param walRecovery {@code wal-recovery}, torn-tail: what an opening may forgive, see {@link
 *     WalRecovery}
 */
record RocksDbSettings(
    long blockCacheSizeBytes,
    long memtableSizeBytes,
    int memtables,
    CompressionType compression,
    int maxOpenFiles,
    int backgroundJobs,
    WalRecovery walRecovery) {

  /** What may be wrong with the write-ahead log when it is replayed. */
  enum WalRecovery {
    /**
     * The last record of a log may be incomplete, which is how a crash of the system leaves it;
     * nothing acknowledged as synced is in it. Anything else that is wrong refuses the opening: in
     * the middle of a log there may be synced writes, and to drop them silently, with everything
     * after them, is not for us to decide.
     */
    TORN_TAIL(WALRecoveryMode.TolerateCorruptedTailRecords),
    /**
     * The log ends at the first thing that is wrong with it: the way out, by an operator's choice,
     * when the opening was refused and what precedes the damage is better than nothing.
     */
    POINT_IN_TIME(WALRecoveryMode.PointInTimeRecovery);

    final WALRecoveryMode mode;

    WalRecovery(WALRecoveryMode mode) {
      this.mode = mode;
    }
  }

  private static final Map<String, CompressionType> COMPRESSIONS =
      new TreeMap<>(
          Map.of(
              "none", CompressionType.NO_COMPRESSION,
              "snappy", CompressionType.SNAPPY_COMPRESSION,
              "lz4", CompressionType.LZ4_COMPRESSION,
              "zstd", CompressionType.ZSTD_COMPRESSION));
  private static final Map<String, WalRecovery> WAL_RECOVERIES =
      new TreeMap<>(
          Map.of("torn-tail", WalRecovery.TORN_TAIL, "point-in-time", WalRecovery.POINT_IN_TIME));
  private static final List<String> NAMES =
      List.of(
          "block-cache-size",
          "memtable-size",
          "memtables",
          "compression",
          "max-open-files",
          "background-jobs",
          "wal-recovery");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18}) ?([A-Za-z]*)");
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  /**
   * Reads the settings.
   *
   * @throws StorageException for an unknown name or a bad value: one line with name, value and what
   *     is allowed
   */
  static RocksDbSettings of(Map<String, String> settings) {
    for (String name : new TreeMap<>(settings).keySet()) {
      if (!NAMES.contains(name)) {
        throw refused(name, settings.get(name), "unknown setting; one of " + NAMES);
      }
    }
    Map<String, String> given = new HashMap<>(settings);
    return new RocksDbSettings(
        size(given, "block-cache-size", 64 * MIB, MIB, 1024 * GIB),
        size(given, "memtable-size", 16 * MIB, 64 * KIB, 4 * GIB),
        (int) number(given, "memtables", 3, 2, 64),
        choice(given, "compression", "lz4", COMPRESSIONS),
        (int) number(given, "max-open-files", 512, 16, 1_000_000),
        (int) number(given, "background-jobs", 2, 1, 256),
        choice(given, "wal-recovery", "torn-tail", WAL_RECOVERIES));
  }

  private static long size(
      Map<String, String> given, String name, long absent, long least, long most) {
    String text = given.get(name);
    if (text == null) {
      return absent;
    }
    Matcher parts = SIZE.matcher(text.trim());
    long unit = parts.matches() ? unitBytes(parts.group(2)) : 0;
    if (unit > 0) {
      BigInteger bytes = new BigInteger(parts.group(1)).multiply(BigInteger.valueOf(unit));
      if (bytes.compareTo(BigInteger.valueOf(least)) >= 0
          && bytes.compareTo(BigInteger.valueOf(most)) <= 0) {
        return bytes.longValueExact();
      }
    }
    throw refused(name, text, "a size such as '16 MiB', from " + least + " to " + most + " bytes");
  }

  private static long unitBytes(String unit) {
    return switch (unit.equals("kB") ? "kilo" : unit.toUpperCase(Locale.ROOT)) {
      case "", "B" -> 1;
      case "K", "KIB" -> KIB;
      case "M", "MIB" -> MIB;
      case "G", "GIB" -> GIB;
      case "kilo", "KB" -> 1_000;
      case "MB" -> 1_000_000;
      case "GB" -> 1_000_000_000;
      default -> 0;
    };
  }

  private static long number(
      Map<String, String> given, String name, long absent, long least, long most) {
    String text = given.get(name);
    if (text == null) {
      return absent;
    }
    if (text.trim().matches("[0-9]{1,18}")) {
      long value = Long.parseLong(text.trim());
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw refused(name, text, "a whole number from " + least + " to " + most);
  }

  private static <T> T choice(
      Map<String, String> given, String name, String absent, Map<String, T> choices) {
    String text = given.getOrDefault(name, absent);
    T chosen = choices.get(text.trim());
    if (chosen == null) {
      throw refused(name, text, "one of " + Arrays.toString(choices.keySet().toArray()));
    }
    return chosen;
  }

  private static StorageException refused(String name, String value, String allowed) {
    return new StorageException("storage.rocksdb." + name + " = '" + value + "': " + allowed);
  }
}
