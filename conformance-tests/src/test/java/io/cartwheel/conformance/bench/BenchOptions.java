package io.cartwheel.conformance.bench;

import java.util.ArrayList;
import java.util.List;

/** What the command line asks for. Immutable. */
record BenchOptions(
    List<Integer> connections,
    List<Integer> pipelines,
    List<String> commands,
    int seconds,
    long requests,
    int nodes,
    int port,
    List<Integer> running,
    boolean spread,
    int keys,
    int valueBytes,
    boolean burn,
    boolean redis,
    boolean help) {

  static final String USAGE =
      """
      usage: deploy/bin/bench [OPTION ...]

      Starts a cluster on this machine, and a redis-server that keeps nothing on the disk; lets
      closed loops of connections run against each, prints what they can do, and stops both.
      Ends with 1 if a command was answered with an error, or not at all.

        --connections N[,N...]   connections at once (50)
        --pipeline P[,P...]      commands that each sends at once (1,16)
        --commands C[,C...]      of SET, GET, INCR (SET,GET)
        --seconds S              of each measurement (10); there is one to warm up before the first
        --requests R             ends each measurement after about so many commands
        --keys K                 keys that are drawn from (100000); 1 makes it a hot key
        --value-bytes B          of a value (100)
        --nodes N                of the cluster (3)
        --port P                 of the first node, the others follow; redis-server is after them (7150)
        --running P[,P...]       starts nothing, and measures what listens on these ports
        --spread                 connections to all nodes, else to the first
        --burn                   burns all cores with other processes meanwhile
        --no-redis               without redis-server and the ratio to it
        --quick                  2 seconds, 1,16 commands at once, 50 connections
      """;

  private static final List<String> ALLOWED = List.of("SET", "GET", "INCR");

  /** What is wrong with the command line, in one line. */
  static final class WrongUsageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongUsageException(String message) {
      super(message);
    }
  }

  static BenchOptions parse(String... words) {
    Draft draft = new Draft();
    for (int i = 0; i < words.length; i++) {
      switch (words[i]) {
        case "--spread" -> draft.spread = true;
        case "--burn" -> draft.burn = true;
        case "--no-redis" -> draft.redis = false;
        case "--quick" -> draft.seconds = 2;
        case "--help", "-h" -> draft.help = true;
        default -> {
          if (!words[i].startsWith("--") || i + 1 == words.length) {
            throw new WrongUsageException(
                "option '" + words[i] + "' is unknown or lacks its value; see --help");
          }
          draft.set(words[i], words[i + 1]);
          i++;
        }
      }
    }
    return draft.options();
  }

  private static final class Draft {
    private List<Integer> connections = List.of(50);
    private List<Integer> pipelines = List.of(1, 16);
    private List<String> commands = List.of("SET", "GET");
    private int seconds = 10;
    private long requests = Long.MAX_VALUE;
    private int nodes = 3;
    private int port = 7150;
    private List<Integer> running = List.of();
    private boolean spread;
    private int keys = 100_000;
    private int valueBytes = 100;
    private boolean burn;
    private boolean redis = true;
    private boolean help;

    void set(String option, String value) {
      switch (option) {
        case "--connections" -> connections = numbers(option, value);
        case "--pipeline" -> pipelines = numbers(option, value);
        case "--commands" -> commands = commands(value);
        case "--seconds" -> seconds = number(option, value);
        case "--requests" -> requests = number(option, value);
        case "--keys" -> keys = number(option, value);
        case "--value-bytes" -> valueBytes = number(option, value);
        case "--nodes" -> nodes = number(option, value);
        case "--port" -> port = number(option, value);
        case "--running" -> running = numbers(option, value);
        default -> throw new WrongUsageException("option '" + option + "' is unknown; see --help");
      }
    }

    private static List<String> commands(String value) {
      List<String> words = List.of(value.split(",", -1));
      if (!ALLOWED.containsAll(words)) {
        throw new WrongUsageException(
            "option --commands is '" + value + "'; allowed: " + String.join(",", ALLOWED));
      }
      return words;
    }

    private static List<Integer> numbers(String option, String value) {
      List<Integer> numbers = new ArrayList<>();
      for (String word : value.split(",", -1)) {
        numbers.add(number(option, word));
      }
      return List.copyOf(numbers);
    }

    private static int number(String option, String value) {
      try {
        int number = Integer.parseInt(value);
        if (number >= 1) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Told below.
      }
      throw new WrongUsageException(
          "option " + option + " is '" + value + "'; allowed: a number from 1");
    }

    BenchOptions options() {
      return new BenchOptions(
          connections,
          pipelines,
          commands,
          seconds,
          requests,
          nodes,
          port,
          running,
          spread,
          keys,
          valueBytes,
          burn,
          redis,
          help);
    }
  }
}
