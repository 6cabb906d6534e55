package io.cartwheel.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cartwheel.resp.fake.Console;
import io.cartwheel.resp.fake.RealRedis;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same commands, here and at a real redis-server: the replies are the same bytes. */
class RedisDifferentialTest {
  private static final int ROUNDS = 300;
  private static final int COMMANDS_PER_ROUND = 40;

  private static final List<String> KEYS = List.of("{k}1", "{k}2", "{k}3", "");
  private static final List<String> VALUES =
      List.of(
          "",
          "a",
          "10",
          "-3",
          "9223372036854775807",
          "-9223372036854775808",
          "007",
          " 5",
          "5 ",
          "3.5",
          "-0",
          "1e3",
          "0.1",
          "abc\r\nd\u00e9f",
          "0",
          "+7",
          "1e400",
          "inf",
          "nan",
          "0x1F",
          ".5",
          "5.",
          "-1.25e-3",
          "123456789012345678901234567890",
          "x".repeat(40));
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "1",
          "-1",
          "5",
          "-7",
          "3",
          "100",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "abc",
          "",
          " 1",
          "01",
          "1.5",
          "2.50",
          "-0",
          "0.1",
          "1e2",
          "3.0e3",
          "1e-10",
          "-1e17");

  /** Nothing expires while a slow machine runs a round: only Redis's clock goes on in it. */
  private static final List<String> TIMES =
      List.of(
          "1000000",
          "100000",
          "500000",
          "9223372036854775807",
          "9223372036854775",
          "-5",
          "0",
          "abc",
          "4000000000",
          "4000000000000",
          "-9223372036854775808",
          "-9223372036854776");

  private static final List<String> SET_OPTIONS =
      List.of("NX", "XX", "GET", "KEEPTTL", "EX", "PX", "EXAT", "PXAT", "nx", "PERSIST", "FOO");
  private static final List<String> EXPIRE_OPTIONS = List.of("NX", "xx", "FOO", "GT", "LT", "gt");

  @TempDir static Path directory;

  @BeforeAll
  static void redisIsInstalled() {
    assumeTrue(RealRedis.isInstalled(), "redis-server is not installed");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void replies_areThoseOfRedis(int version) throws IOException {
    long seed = Long.getLong("seed", 1);
    try (RealRedis redis = RealRedis.start(directory)) {
      redis.run("HELLO", Integer.toString(version));
      SplittableRandom random = new SplittableRandom(seed);
      for (int round = 0; round < ROUNDS; round++) {
        redis.run("FLUSHALL");
        Console console = new Console(version);
        // Both must agree on the time, for absolute expiries are part of replies.
        console.clock.advance(System.currentTimeMillis() - Console.START_MILLIS);
        List<String> history = new ArrayList<>();
        for (int i = 0; i < COMMANDS_PER_ROUND; i++) {
          String[] command = command(random);
          history.add(Arrays.toString(command));
          String theirs = redis.run(command);
          String ours = console.run(command);
          if (!agree(command, theirs, ours)) {
            assertEquals(
                theirs, ours, "repeat with -Dseed=" + seed + "\n" + String.join("\n", history));
          }
        }
      }
    }
  }

  /** Whether the replies are the same, or times that differ by as much as a command takes. */
  private static boolean agree(String[] command, String theirs, String ours) {
    String name = command[0].toLowerCase(Locale.ROOT);
    boolean time = name.endsWith("ttl") || name.endsWith("expiretime");
    if (time && theirs.startsWith(":") && ours.startsWith(":")) {
      long difference = integer(theirs) - integer(ours);
      return Math.abs(difference) <= (name.startsWith("p") ? 10_000 : 10);
    }
    return theirs.equals(ours);
  }

  private static long integer(String reply) {
    return Long.parseLong(reply.substring(1).trim());
  }

  private static String[] command(SplittableRandom random) {
    String key = pick(random, KEYS);
    return switch (random.nextInt(30)) {
      case 0, 1, 2 -> set(random, key);
      case 3, 4 -> words("GET", key);
      case 5 -> words("SETNX", key, pick(random, VALUES));
      case 6 -> words("SETEX", key, pick(random, TIMES), pick(random, VALUES));
      case 7 -> words("PSETEX", key, pick(random, TIMES), pick(random, VALUES));
      case 8 -> words("GETSET", key, pick(random, VALUES));
      case 9 -> words("GETDEL", key);
      case 10 -> getex(random, key);
      case 11 -> words("APPEND", key, pick(random, VALUES));
      case 12 -> words("STRLEN", key);
      case 13 -> words("SETRANGE", key, small(random), pick(random, VALUES));
      case 14 ->
          words(random.nextBoolean() ? "GETRANGE" : "SUBSTR", key, small(random), small(random));
      case 15 -> words(random.nextBoolean() ? "INCR" : "DECR", key);
      case 16, 17 -> words(random.nextBoolean() ? "INCRBY" : "DECRBY", key, pick(random, NUMBERS));
      case 18, 19 ->
          words("INCRBYFLOAT", key, pick(random, random.nextBoolean() ? NUMBERS : VALUES));
      case 20 -> several(random, "MGET", 1);
      case 21 -> several(random, random.nextBoolean() ? "MSET" : "MSETNX", 2);
      case 22 -> several(random, random.nextBoolean() ? "DEL" : "UNLINK", 1);
      case 23 -> several(random, random.nextBoolean() ? "EXISTS" : "TOUCH", 1);
      case 24, 25 -> expire(random, key);
      case 26 -> words(pick(random, List.of("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME")), key);
      case 27 -> words(random.nextBoolean() ? "PERSIST" : "TYPE", key);
      // Not DBSIZE: Redis counts a key that has expired until it finds it.
      case 28 -> words("KEYS", "*1");
      default -> oddity(random);
    };
  }

  private static String[] set(SplittableRandom random, String key) {
    List<String> words = new ArrayList<>(List.of("SET", key, pick(random, VALUES)));
    options(random, words, SET_OPTIONS);
    return words.toArray(String[]::new);
  }

  private static String[] getex(SplittableRandom random, String key) {
    List<String> words = new ArrayList<>(List.of("GETEX", key));
    options(random, words, SET_OPTIONS);
    return words.toArray(String[]::new);
  }

  private static void options(SplittableRandom random, List<String> words, List<String> from) {
    for (int i = random.nextInt(3); i > 0; i--) {
      String option = pick(random, from);
      words.add(option);
      boolean takesTime = option.startsWith("EX") || option.startsWith("PX");
      if (takesTime && random.nextInt(10) > 0) {
        words.add(pick(random, TIMES));
      }
    }
  }

  private static String[] expire(SplittableRandom random, String key) {
    String name = pick(random, List.of("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"));
    List<String> words = new ArrayList<>(List.of(name, key, pick(random, TIMES)));
    for (int i = random.nextInt(3); i > 0; i--) {
      // Whether a relative time is later than before may turn on a millisecond.
      boolean absolute = name.endsWith("AT");
      words.add(pick(random, absolute ? EXPIRE_OPTIONS : EXPIRE_OPTIONS.subList(0, 3)));
    }
    return words.toArray(String[]::new);
  }

  private static String[] several(SplittableRandom random, String name, int step) {
    List<String> words = new ArrayList<>(List.of(name));
    for (int i = random.nextInt(4); i > 0; i--) {
      // The empty key is of another slot, which only MSETNX minds.
      words.add(pick(random, name.equals("MSETNX") ? KEYS.subList(0, 3) : KEYS));
      if (step == 2) {
        words.add(pick(random, VALUES));
      }
    }
    if (random.nextInt(8) == 0) {
      words.add("{k}9");
    }
    return words.size() == 1 ? words(name, "{k}1") : words.toArray(String[]::new);
  }

  private static String[] oddity(SplittableRandom random) {
    return pick(
        random,
        List.of(
            words("GET"),
            words("GET", "a", "b"),
            words("SET", "a"),
            words("SCAN", "abc"),
            words("SCAN", "0", "COUNT", "0"),
            words("SCAN", "0", "COUNT", "x"),
            words("SCAN", "0", "MATCH"),
            words("SCAN", "0", "FOO", "1"),
            words("SCAN", "0", "MATCH", "nothing*", "COUNT", "1000"),
            words("SCAN", "0", "TYPE", "list", "COUNT", "1000"),
            words("KEYS", "{k}1"),
            words("KEYS", "nothing*"),
            words("FLUSHALL", "FOO"),
            words("FLUSHDB", "SYNC"),
            words("FLUSHALL", "ASYNC", "SYNC"),
            words("CONFIG", "GET"),
            words("CONFIG", "SET", "nothing", "1"),
            words("CONFIG", "SET", "nothing"),
            words("CONFIG", "GET", "maxmemory"),
            words("CONFIG", "RESETSTAT"),
            words("INFO", "nothing")));
  }

  private static String small(SplittableRandom random) {
    return random.nextInt(8) == 0
        ? pick(random, NUMBERS.subList(9, 12))
        : Integer.toString(random.nextInt(24) - 8);
  }

  private static String[] words(String... words) {
    return words;
  }

  private static <T> T pick(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
