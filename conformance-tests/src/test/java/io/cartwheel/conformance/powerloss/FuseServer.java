package io.cartwheel.conformance.powerloss;

import io.cartwheel.conformance.powerloss.ForgetfulDirectory.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Serves a {@link FileSystem} to the kernel: one request after the other comes from {@code
 * /dev/fuse}, and one answer goes back ({@code linux/fuse.h} has the layouts). Every change comes
 * here at once, as the kernel is not asked to keep writes back; it may keep what it has read, for a
 * file after a cut has another id than before. Names and attributes it asks for each time.
 *
 * <p>What a database does not do is not there: links, devices, renaming into another directory. The
 * kernel keeps locks itself, and opens files without asking for more than their names.
 */
final class FuseServer {
  private static final int HEADER_BYTES = 40;
  private static final int MAX_WRITE_BYTES = 128 << 10;
  private static final int PAGE_BYTES = 4096;
  private static final int MINOR_VERSION = 31;

  private static final int LOOKUP = 1;
  private static final int FORGET = 2;
  private static final int GETATTR = 3;
  private static final int SETATTR = 4;
  private static final int MKNOD = 8;
  private static final int MKDIR = 9;
  private static final int UNLINK = 10;
  private static final int RMDIR = 11;
  private static final int RENAME = 12;
  private static final int OPEN = 14;
  private static final int READ = 15;
  private static final int WRITE = 16;
  private static final int STATFS = 17;
  private static final int RELEASE = 18;
  private static final int FSYNC = 20;
  private static final int INIT = 26;
  private static final int OPENDIR = 27;
  private static final int READDIR = 28;
  private static final int RELEASEDIR = 29;
  private static final int FSYNCDIR = 30;
  private static final int INTERRUPT = 36;
  private static final int DESTROY = 38;
  private static final int BATCH_FORGET = 42;
  private static final int FALLOCATE = 43;

  private static final int ENOENT = 2;
  private static final int EIO = 5;
  private static final int EEXIST = 17;
  private static final int EXDEV = 18;
  private static final int ENOTDIR = 20;
  private static final int EISDIR = 21;
  private static final int EINVAL = 22;
  private static final int ENOSYS = 38;
  private static final int ENOTEMPTY = 39;
  private static final int EOPNOTSUPP = 95;
  private static final int ESTALE = 116;

  private static final int FOPEN_KEEP_CACHE = 2;
  private static final int INIT_ASYNC_READ = 1;
  private static final int INIT_BIG_WRITES = 1 << 5;

  private static final int SET_MODE = 1;
  private static final int SET_USER = 1 << 1;
  private static final int SET_GROUP = 1 << 2;
  private static final int SET_SIZE = 1 << 3;
  private static final int SET_MODIFIED = 1 << 5;

  private static final int FALLOCATE_KEEP_SIZE = 1;
  private static final int FALLOCATE_PUNCH_HOLE = 2;

  private final FileSystem files;
  private final ReadableByteChannel requests;
  private final WritableByteChannel answers;
  private final ByteBuffer in = buffer();
  private final ByteBuffer out = buffer();

  /** An answer that is an error. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    final int number;

    Refused(int number) {
      super("error " + number, null, false, false);
      this.number = number;
    }
  }

  FuseServer(FileSystem files, ReadableByteChannel requests, WritableByteChannel answers) {
    this.files = files;
    this.requests = requests;
    this.answers = answers;
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(MAX_WRITE_BYTES + PAGE_BYTES).order(ByteOrder.nativeOrder());
  }

  /**
   * Serves until the file system is unmounted, which the channel says by an exception or an end.
   */
  void serve() throws IOException, InterruptedException {
    while (next()) {
      synchronized (files) {
        serveOne();
      }
    }
  }

  private boolean next() throws IOException {
    while (true) {
      try {
        boolean isThere = requests.read(in.clear()) > 0;
        in.flip();
        return isThere;
      } catch (IOException e) {
        if (!isTakenBack(e)) {
          throw e;
        }
      }
    }
  }

  /** ENOENT: whoever asked has been killed, and the kernel has forgotten the question. */
  private static boolean isTakenBack(IOException e) {
    return String.valueOf(e.getMessage()).contains("No such file");
  }

  private void serveOne() throws IOException, InterruptedException {
    int opcode = in.getInt(4);
    long unique = in.getLong(8);
    long nodeId = in.getLong(16);
    in.position(HEADER_BYTES);
    out.clear().position(16);
    int error = 0;
    try {
      if (!answer(opcode, nodeId)) {
        return;
      }
    } catch (Refused refused) {
      out.position(16);
      error = -refused.number;
    }
    out.putInt(0, out.position()).putInt(4, error).putLong(8, unique);
    try {
      answers.write(out.flip());
    } catch (IOException e) {
      if (!isTakenBack(e)) {
        throw e;
      }
    }
  }

  /** Returns whether an answer is expected. */
  private boolean answer(int opcode, long nodeId) throws Refused, InterruptedException {
    switch (opcode) {
      case LOOKUP -> entry(existing(directory(nodeId), name()));
      case FORGET -> {
        files.forget(nodeId, in.getLong());
        return false;
      }
      case GETATTR -> attributes(node(nodeId));
      case SETATTR -> setAttributes(node(nodeId));
      case MKNOD -> {
        int mode = in.getInt();
        in.position(in.position() + 12);
        if ((mode & 0170_000) != FileSystem.FILE) {
          throw new Refused(EOPNOTSUPP);
        }
        create(directory(nodeId), new ForgetfulFile(files.nextId(), mode));
      }
      case MKDIR -> {
        int mode = FileSystem.DIRECTORY | in.getInt();
        in.position(in.position() + 4);
        create(directory(nodeId), new ForgetfulDirectory(files.nextId(), mode));
      }
      case UNLINK -> remove(directory(nodeId), false);
      case RMDIR -> remove(directory(nodeId), true);
      case RENAME -> rename(directory(nodeId), in.getLong());
      case OPEN, OPENDIR -> out.putLong(nodeId).putInt(FOPEN_KEEP_CACHE).putInt(0);
      case READ -> read(file(nodeId));
      case WRITE -> write(file(nodeId));
      case STATFS -> statistics();
      case RELEASE,
          RELEASEDIR,
          DESTROY -> {} // Nothing is kept for who has a file or directory open.
      case FSYNC, FSYNCDIR -> sync(node(nodeId));
      case INIT -> initialize();
      case READDIR -> list(directory(nodeId));
      case INTERRUPT -> {
        return false; // An interrupt; nothing takes long.
      }
      case BATCH_FORGET -> {
        int count = in.getInt();
        in.getInt();
        for (int i = 0; i < count; i++) {
          files.forget(in.getLong(), in.getLong());
        }
        return false;
      }
      case FALLOCATE -> allocate(file(nodeId));
      default -> throw new Refused(ENOSYS);
    }
    return true;
  }

  private void initialize() {
    int major = in.getInt();
    in.getInt();
    int readAhead = in.getInt();
    out.putInt(major).putInt(MINOR_VERSION).putInt(readAhead);
    out.putInt(INIT_ASYNC_READ | INIT_BIG_WRITES);
    out.putShort((short) 0).putShort((short) 0).putInt(MAX_WRITE_BYTES).putInt(1);
    out.putInt(0);
    zeros(32);
  }

  private void create(ForgetfulDirectory parent, ForgetfulNode node) throws Refused {
    String name = name();
    refuseIfCut();
    if (parent.get(name) != null) {
      throw new Refused(EEXIST);
    }
    node.own(in.getInt(24), in.getInt(28));
    parent.put(name, node);
    entry(node);
  }

  private void remove(ForgetfulDirectory parent, boolean wantsDirectory) throws Refused {
    String name = name();
    ForgetfulNode node = existing(parent, name);
    refuseIfCut();
    if (node instanceof ForgetfulDirectory directory) {
      if (!wantsDirectory) {
        throw new Refused(EISDIR);
      }
      if (!directory.names().isEmpty()) {
        throw new Refused(ENOTEMPTY);
      }
    } else if (wantsDirectory) {
      throw new Refused(ENOTDIR);
    }
    parent.remove(name);
  }

  private void rename(ForgetfulDirectory from, long toId) throws Refused {
    String oldName = name();
    String newName = name();
    ForgetfulNode node = existing(from, oldName);
    ForgetfulNode replaced = from.get(newName);
    refuseIfCut();
    if (from.id() != toId) {
      throw new Refused(EXDEV);
    }
    if (replaced instanceof ForgetfulDirectory directory && !directory.names().isEmpty()) {
      throw new Refused(ENOTEMPTY);
    }
    if (node != replaced) {
      from.rename(oldName, newName);
    }
  }

  private void setAttributes(ForgetfulNode node) throws Refused {
    refuseIfCut();
    int at = in.position();
    int what = in.getInt(at);
    if ((what & SET_SIZE) != 0) {
      file(node.id()).resize(in.getLong(at + 16));
    }
    if ((what & SET_MODE) != 0) {
      node.permit(in.getInt(at + 68));
    }
    if ((what & (SET_USER | SET_GROUP)) != 0) {
      node.own(
          (what & SET_USER) != 0 ? in.getInt(at + 76) : node.user(),
          (what & SET_GROUP) != 0 ? in.getInt(at + 80) : node.group());
    }
    if ((what & SET_MODIFIED) != 0) {
      node.touch(in.getLong(at + 40) * 1_000 + in.getInt(at + 60) / 1_000_000);
    }
    attributes(node);
  }

  private void read(ForgetfulFile file) {
    in.getLong();
    out.put(file.read(in.getLong(), in.getInt()));
  }

  private void write(ForgetfulFile file) throws Refused {
    refuseIfCut();
    in.getLong();
    long offset = in.getLong();
    byte[] bytes = new byte[in.getInt()];
    in.position(HEADER_BYTES + 40).get(bytes);
    file.write(offset, bytes);
    out.putInt(bytes.length).putInt(0);
  }

  /** Space that is set aside is no content, and so nothing to keep or lose here. */
  private void allocate(ForgetfulFile file) throws Refused {
    refuseIfCut();
    in.getLong();
    long offset = in.getLong();
    long length = in.getLong();
    switch (in.getInt()) {
      case 0 -> file.resize(Math.max(file.sizeBytes(), offset + length));
      case FALLOCATE_KEEP_SIZE -> {}
      case FALLOCATE_KEEP_SIZE | FALLOCATE_PUNCH_HOLE -> file.zero(offset, length);
      default -> throw new Refused(EOPNOTSUPP);
    }
  }

  private void sync(ForgetfulNode node) throws Refused, InterruptedException {
    if (!files.sync(node)) {
      throw new Refused(EIO);
    }
  }

  private void list(ForgetfulDirectory directory) {
    in.getLong();
    long after = in.getLong();
    int room = in.getInt();
    int start = out.position();
    for (Map.Entry<String, Entry> named : directory.names().entrySet()) {
      byte[] name = named.getKey().getBytes(StandardCharsets.ISO_8859_1);
      int length = (24 + name.length + 7) / 8 * 8;
      Entry entry = named.getValue();
      if (entry.place() <= after) {
        continue;
      }
      if (out.position() - start + length > room) {
        return;
      }
      out.putLong(entry.node().id()).putLong(entry.place()).putInt(name.length);
      out.putInt(entry.node().mode() >>> 12).put(name);
      zeros(length - 24 - name.length);
    }
  }

  /** There is always room. */
  private void statistics() {
    long blocks = 1L << 22;
    out.putLong(blocks).putLong(blocks).putLong(blocks).putLong(blocks).putLong(blocks);
    out.putInt(PAGE_BYTES).putInt(255).putInt(PAGE_BYTES);
    zeros(28);
  }

  private void entry(ForgetfulNode node) {
    files.lookUp(node);
    out.putLong(node.id()).putLong(0).putLong(0).putLong(0).putLong(0);
    putAttributes(node);
  }

  private void attributes(ForgetfulNode node) {
    out.putLong(0).putLong(0);
    putAttributes(node);
  }

  private void putAttributes(ForgetfulNode node) {
    long seconds = node.modifiedMillis() / 1_000;
    int nanos = (int) (node.modifiedMillis() % 1_000) * 1_000_000;
    out.putLong(node.id()).putLong(node.sizeBytes()).putLong((node.sizeBytes() + 511) / 512);
    out.putLong(seconds).putLong(seconds).putLong(seconds);
    out.putInt(nanos).putInt(nanos).putInt(nanos);
    out.putInt(node.mode()).putInt(1).putInt(node.user()).putInt(node.group()).putInt(0);
    out.putInt(PAGE_BYTES).putInt(0);
  }

  private void zeros(int count) {
    for (int i = 0; i < count; i++) {
      out.put((byte) 0);
    }
  }

  /** The next name of the request; each byte is a character here. */
  private String name() {
    StringBuilder name = new StringBuilder();
    for (byte b = in.get(); b != 0; b = in.get()) {
      name.append((char) (b & 0xff));
    }
    return name.toString();
  }

  private void refuseIfCut() throws Refused {
    if (files.isCut()) {
      throw new Refused(EIO);
    }
  }

  private ForgetfulNode node(long id) throws Refused {
    ForgetfulNode node = files.get(id);
    if (node == null) {
      throw new Refused(ESTALE);
    }
    return node;
  }

  private ForgetfulDirectory directory(long id) throws Refused {
    if (node(id) instanceof ForgetfulDirectory directory) {
      return directory;
    }
    throw new Refused(ENOTDIR);
  }

  private ForgetfulFile file(long id) throws Refused {
    if (node(id) instanceof ForgetfulFile file) {
      return file;
    }
    throw new Refused(EINVAL);
  }

  private static ForgetfulNode existing(ForgetfulDirectory parent, String name) throws Refused {
    ForgetfulNode node = parent.get(name);
    if (node == null) {
      throw new Refused(ENOENT);
    }
    return node;
  }
}
