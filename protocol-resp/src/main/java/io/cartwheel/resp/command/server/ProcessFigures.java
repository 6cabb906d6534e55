package io.cartwheel.resp.command.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What Linux tells of this process in {@code /proc}; zero elsewhere. */
final class ProcessFigures {
  private static final int TICKS_PER_SECOND = 100;
  private static final int PAGE_SIZE_BYTES = 4096;

  /** Of {@code /proc/self/stat}, counted after the process's name, which may contain anything. */
  private static final int USER_TICKS = 11;

  private static final int SYSTEM_TICKS = 12;
  private static final int RESIDENT_PAGES = 21;

  private ProcessFigures() {}

  static long residentBytes() {
    return stat(RESIDENT_PAGES) * PAGE_SIZE_BYTES;
  }

  static String userSeconds() {
    return seconds(stat(USER_TICKS));
  }

  static String systemSeconds() {
    return seconds(stat(SYSTEM_TICKS));
  }

  static long systemMemoryBytes() {
    for (String line : read("/proc/meminfo").split("\n", -1)) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return 0;
  }

  private static String seconds(long ticks) {
    return String.format(Locale.ROOT, "%.6f", (double) ticks / TICKS_PER_SECOND);
  }

  private static long stat(int field) {
    String stat = read("/proc/self/stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1);
    return fields.length > field ? Long.parseLong(fields[field]) : 0;
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file), ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
