package io.cartwheel.cluster.simulate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs seeds and prints a line for each. Every seed is run twice and must leave the same trace.
 * Exit codes: 0 all passed, 1 some failed, 2 wrong usage.
 */
public final class Simulate {
  private static final String USAGE =
      """
      usage: deploy/bin/simulate [--seed S | --seeds FROM..TO] [--nodes N] [--steps M] [--once] \
      [--first] [--log]
             deploy/bin/simulate mutants [--seeds FROM..TO] [NAME...]""";

  private static final String HELP =
      USAGE
          + """

        --seed S          runs one seed
        --seeds FROM..TO  runs these and all between; 0..199 by default, 0..999 for mutants
        --nodes N         so many nodes, else drawn
        --steps M         so many requests of clients, else 220
        --once            runs each once, else twice, to see that it does the same
        --first           ends with the first that fails
        --log             prints what happens; only with --seed
        mutants           changes the sources for the worse, one way after the other, and demands
                          that a seed fails: what each breaks stands in cluster/src/test/mutants
      """;

  private static final long DEFAULT_SEEDS = 200;
  private static final long DEFAULT_SEEDS_OF_MUTANTS = 1_000;
  private static final int MAX_NODES = 20;
  private static final int MAX_STEPS = 1_000_000;

  private long from;
  private long to = DEFAULT_SEEDS - 1;
  private int nodes;
  private int steps;
  private boolean logs;
  private boolean once;
  private boolean first;

  /** Names of mutants to be run, null where the sources are run as they are. */
  private List<String> mutants;

  private Simulate() {}

  /** See {@link #USAGE}. */
  public static void main(String[] arguments) throws InterruptedException {
    Simulate simulate = new Simulate();
    try {
      if (!simulate.read(arguments)) {
        return;
      }
      boolean passed = simulate.mutants == null ? simulate.runAll() : simulate.runMutants();
      System.exit(passed ? 0 : 1);
    } catch (IllegalArgumentException wrong) {
      System.err.println("cartwheel: " + wrong.getMessage());
      System.err.println(USAGE);
      System.exit(2);
    }
  }

  private boolean read(String[] arguments) {
    int begin = 0;
    if (arguments.length > 0 && arguments[0].equals("mutants")) {
      mutants = new ArrayList<>();
      to = DEFAULT_SEEDS_OF_MUTANTS - 1;
      begin = 1;
    }
    for (int i = begin; i < arguments.length; i++) {
      String option = arguments[i];
      switch (option) {
        case "-h", "--help" -> {
          System.out.print(HELP);
          return false;
        }
        case "--log" -> logs = true;
        case "--once" -> once = true;
        case "--first" -> first = true;
        case "--seed", "--seeds", "--nodes", "--steps" -> {
          i++;
          if (i == arguments.length) {
            throw new IllegalArgumentException("option '" + option + "' needs a value");
          }
          set(option, arguments[i]);
        }
        default -> {
          if (mutants == null || option.startsWith("-")) {
            throw new IllegalArgumentException("unknown option '" + option + "'");
          }
          mutants.add(option);
        }
      }
    }
    if (logs && from != to) {
      throw new IllegalArgumentException("--log goes with --seed only");
    }
    return true;
  }

  private void set(String option, String value) {
    switch (option) {
      case "--seed" -> {
        from = number(option, value, Long.MIN_VALUE, Long.MAX_VALUE);
        to = from;
      }
      case "--seeds" -> {
        String[] ends = value.split("\\.\\.", -1);
        if (ends.length != 2) {
          throw new IllegalArgumentException("--seeds '" + value + "': FROM..TO, like 0..199");
        }
        from = number(option, ends[0], Long.MIN_VALUE, Long.MAX_VALUE);
        to = number(option, ends[1], from, Long.MAX_VALUE - 1);
      }
      case "--nodes" -> nodes = (int) number(option, value, 1, MAX_NODES);
      default -> steps = (int) number(option, value, 1, MAX_STEPS);
    }
  }

  private static long number(String option, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // Said below.
    }
    String range = least == Long.MIN_VALUE ? "" : " from " + least + " to " + most;
    throw new IllegalArgumentException(option + " '" + value + "': a whole number" + range);
  }

  private boolean runMutants() throws InterruptedException {
    Path home = Path.of(System.getProperty("cartwheel.home", "."));
    return new Mutants(home, from, to).run(mutants);
  }

  private boolean runAll() throws InterruptedException {
    Seeds.silence();
    Fault.Counts reached = new Fault.Counts();
    Excuse.Counts excused = new Excuse.Counts();
    List<Report> failed = new ArrayList<>();
    long begunNanos = System.nanoTime();
    Seeds seeds = new Seeds(nodes, steps, !once, logs ? System.out::println : Run.SILENT);
    seeds.run(
        from,
        to,
        report -> {
          System.out.println(report);
          reached.addAll(report.counts());
          excused.addAll(report.excuses());
          if (!report.passed()) {
            failed.add(report);
            System.out.println("repeat: " + repeat(report));
          }
          return report.passed() || !first;
        });
    System.out.printf(
        "%d seeds, %d failed, %.1f s; reached: %s; excused: %s%n",
        to - from + 1, failed.size(), (System.nanoTime() - begunNanos) / 1e9, reached, excused);
    failed.stream().limit(10).forEach(report -> System.out.println("failed: " + repeat(report)));
    return failed.isEmpty();
  }

  private String repeat(Report report) {
    return "deploy/bin/simulate --seed "
        + report.plan().seed()
        + (nodes == 0 ? "" : " --nodes " + nodes)
        + (steps == 0 ? "" : " --steps " + steps);
  }
}
