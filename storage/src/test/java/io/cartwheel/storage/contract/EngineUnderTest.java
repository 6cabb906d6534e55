package io.cartwheel.storage.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The hooks of the contract, and the words its tests are written in. */
public abstract class EngineUnderTest {
  protected static final Table ROWS = new Table("rows");
  protected static final Table META = new Table("meta");
  protected static final List<Table> TABLES = List.of(ROWS, META);

  /** A directory of the test's own. */
  @TempDir protected Path temporary;

  private final List<StorageEngine> opened = new ArrayList<>();

  /** The name under which {@link StorageEngines} finds the engine. */
  protected abstract String engineName();

  /**
   * Damages the files of a closed engine, that hold a table {@code rows} with entries, in a way
   * that the next opening has to notice.
   */
  protected abstract void damage(Path directory) throws IOException;

  /** Settings to open with: small buffers reach more of the engine. */
  protected Map<String, String> settings() {
    return Map.of();
  }

  /** False for an engine that promises nothing after it was closed; those tests are skipped. */
  protected boolean isDurable() {
    return true;
  }

  @AfterEach
  void closeAll() {
    opened.forEach(StorageEngine::close);
  }

  /** Opens the engine; it is closed after the test if the test doesn't. */
  protected final StorageEngine open(Path directory, Table... tables) {
    List<Table> wanted = tables.length == 0 ? TABLES : List.of(tables);
    StorageEngine engine = StorageEngines.open(engineName(), directory, wanted, settings());
    opened.add(engine);
    return engine;
  }

  protected final StorageEngine open() {
    return open(temporary.resolve("db"));
  }

  protected static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  protected static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  protected static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  protected static void put(StorageEngine engine, Table table, byte[] key, byte[] value) {
    try (WriteBatch batch = engine.newBatch()) {
      batch.put(table, key, value);
      engine.write(batch, Durability.BUFFERED);
    }
  }

  protected static void put(StorageEngine engine, Table table, String key, String value) {
    put(engine, table, bytes(key), bytes(value));
  }

  protected static void delete(StorageEngine engine, Table table, String key) {
    try (WriteBatch batch = engine.newBatch()) {
      batch.delete(table, bytes(key));
      engine.write(batch, Durability.BUFFERED);
    }
  }

  protected static String get(StorageEngine engine, Table table, String key) {
    return text(engine.get(table, bytes(key)));
  }

  /** The entries of a range as {@code key=value}. */
  protected static List<String> range(StorageEngine engine, Table table, String from, String to) {
    byte[] first = from == null ? null : bytes(from);
    byte[] end = to == null ? null : bytes(to);
    try (StorageIterator iterator = engine.iterate(table, first, end)) {
      return rest(iterator);
    }
  }

  protected static List<String> rest(StorageIterator iterator) {
    List<String> entries = new ArrayList<>();
    while (iterator.next()) {
      entries.add(text(iterator.key()) + "=" + text(iterator.value()));
    }
    return entries;
  }
}
