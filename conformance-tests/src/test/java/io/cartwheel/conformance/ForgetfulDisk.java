package io.cartwheel.conformance;

import io.cartwheel.conformance.powerloss.FuseMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A disk that loses what was not synced when its power is cut: the file system of {@link
 * io.cartwheel.conformance.powerloss}, mounted. Linux, as root.
 */
final class ForgetfulDisk implements AutoCloseable {
  /**
   * As on a slow disk: so long that in most moments of a load some sync is under way, and an answer
   * that does not wait for it is out before the power goes.
   */
  private static final int SYNC_MILLIS = 20;

  /** Syncs of {@code everysec}, and of a mistaken one that has them every other second, are in. */
  private static final int NEXT_SYNC_MILLIS = 4_000;

  private static final int CANNOT_MOUNT = 9;

  /** The descriptor of the device becomes the server's standard input; ours its descriptor 3. */
  private static final String MOUNT =
      "exec 3<&0 0<>/dev/fuse || exit 9;"
          + "mount -i -t fuse -o fd=0,rootmode=40700,user_id=0,group_id=0 cartwheel-test \"$1\""
          + "|| exit 9; shift; exec \"$@\"";

  private final Path directory;
  private final Process server;
  private final BufferedReader answers;
  private final Writer commands;

  private ForgetfulDisk(Path directory, Process server) {
    this.directory = directory;
    this.server = server;
    this.answers = server.inputReader(StandardCharsets.UTF_8);
    this.commands = server.outputWriter(StandardCharsets.US_ASCII);
  }

  /** Null where this user or system cannot mount one; makes the directory. */
  static ForgetfulDisk mount(Path directory) {
    try {
      Files.createDirectories(directory);
      Process server =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  MOUNT,
                  "sh",
                  directory.toString(),
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx512m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  Path.of("target", "test-classes").toString(),
                  FuseMain.class.getName(),
                  directory.toString(),
                  Integer.toString(SYNC_MILLIS))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      ForgetfulDisk disk = new ForgetfulDisk(directory, server);
      String first = disk.answers.readLine();
      if ("serving".equals(first)) {
        return disk;
      }
      disk.close();
      if (first == null && server.exitValue() == CANNOT_MOUNT) {
        return null;
      }
      throw new IllegalStateException("the file system says " + first);
    } catch (IOException e) {
      return null;
    }
  }

  Path directory() {
    return directory;
  }

  /**
   * Nothing more is written to the disk, as of now; who tries gets an error. What was being synced
   * is not.
   *
   * @param seed what was not synced is lost from a moment on that it draws for each file, in the
   *     middle of a write; 0: all of it is lost
   */
  void cut(long seed) {
    send("cut " + seed + " 0");
    awaitCut();
  }

  /**
   * As {@link #cut}, but when the next sync was to end, if there is one soon: what is not synced is
   * as old then as it can become, and who answers before his sync has answered. Only begins it.
   */
  void beginCutInSync(long seed) {
    send("cut " + seed + " " + NEXT_SYNC_MILLIS);
  }

  /** Waits for the cut that has begun; returns when it was, as of {@link System#nanoTime}. */
  long awaitCut() {
    String[] nanosAndLost = answer().split(" ", 2);
    System.out.println(directory.getFileName() + ": " + nanosAndLost[1]);
    return Long.parseLong(nanosAndLost[0]);
  }

  /** The power is back. Whatever had a file open must have ended. */
  void restore() {
    send("restore");
    answer();
  }

  private void send(String line) {
    try {
      commands.write(line + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String answer() {
    try {
      String answer = answers.readLine();
      if (answer == null) {
        throw new IllegalStateException("the file system of " + directory + " has ended");
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends all that was on the disk; whatever uses it must have ended. */
  @Override
  public void close() {
    try {
      commands.close();
      if (!server.waitFor(30, TimeUnit.SECONDS)) {
        server.destroyForcibly();
        throw new IllegalStateException("the file system of " + directory + " does not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
