package io.cartwheel.storage.memory;

import io.cartwheel.storage.DataDirectory;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.Table;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The file of a checkpoint: for each table 1, its name, and for each entry 1, key, value, then 0;
 * after the last table 0 and the CRC-32C of everything before. Numbers are big-endian.
 */
final class CheckpointFile {
  private static final String NAME = "checkpoint";
  private static final int MORE = 1;
  private static final int END = 0;

  private CheckpointFile() {}

  /** Writes and syncs the file into the absent directory {@code data}. */
  static void write(Path data, Map<Table, Treap> contents) throws IOException {
    Files.createDirectory(data);
    Map<String, Treap> byName = new TreeMap<>();
    contents.forEach((table, treap) -> byName.put(table.name(), treap));
    CRC32C checksum = new CRC32C();
    try (FileOutputStream file = new FileOutputStream(data.resolve(NAME).toFile());
        DataOutputStream out =
            new DataOutputStream(
                new CheckedOutputStream(new BufferedOutputStream(file, 1 << 16), checksum))) {
      for (Map.Entry<String, Treap> table : byName.entrySet()) {
        out.writeByte(MORE);
        out.writeUTF(table.getKey());
        Treap.Walk walk = table.getValue().walk(null, null);
        for (Treap.Node entry = walk.next(); entry != null; entry = walk.next()) {
          out.writeByte(MORE);
          out.writeInt(entry.key.length);
          out.write(entry.key);
          out.writeInt(entry.value.length);
          out.write(entry.value);
        }
        out.writeByte(END);
      }
      out.writeByte(END);
      out.writeLong(checksum.getValue());
      out.flush();
      file.getChannel().force(true);
    }
    DataDirectory.syncDirectory(data);
  }

  /**
   * What the directory's checkpoint holds, if there is one; the rest of {@code tables} is empty.
   */
  static Map<Table, Treap> read(DataDirectory directory, List<Table> tables) {
    Map<Table, Treap> contents = new HashMap<>();
    tables.forEach(table -> contents.put(table, Treap.EMPTY));
    Path file = directory.data().resolve(NAME);
    if (!Files.exists(file)) {
      return contents;
    }
    CRC32C checksum = new CRC32C();
    try (DataInputStream in =
        new DataInputStream(
            new CheckedInputStream(
                new BufferedInputStream(Files.newInputStream(file), 1 << 16), checksum))) {
      while (more(in)) {
        Table table = tableNamed(in.readUTF());
        if (!contents.containsKey(table)) {
          throw new StorageException(
              directory.path()
                  + " holds the table '"
                  + table.name()
                  + "', which was not asked for; use the release that wrote it or a later one");
        }
        contents.put(table, readTable(in));
      }
      long expected = checksum.getValue();
      if (in.readLong() != expected || in.read() >= 0) {
        throw new IOException("wrong checksum");
      }
      return contents;
    } catch (IOException e) {
      throw new StorageException(
          directory.path()
              + " is damaged: "
              + file
              + ": "
              + (e instanceof EOFException ? "ends too early" : e.getMessage())
              + "; restore a copy or give an empty directory",
          e);
    }
  }

  private static Treap readTable(DataInputStream in) throws IOException {
    Treap treap = Treap.EMPTY;
    while (more(in)) {
      byte[] key = readBytes(in);
      treap = treap.put(key, readBytes(in));
    }
    return treap;
  }

  private static boolean more(DataInputStream in) throws IOException {
    int mark = in.readUnsignedByte();
    if (mark != MORE && mark != END) {
      throw new IOException("not a mark: " + mark);
    }
    return mark == MORE;
  }

  private static Table tableNamed(String name) throws IOException {
    try {
      return new Table(name);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      throw new IOException("negative length");
    }
    // readNBytes grows with what is there, so that a damaged length cannot exhaust the heap.
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }
}
