package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Types the README's tour, command by command, and compares what is printed. In an expected line
 * {@code ...} stands for any text, and a line of nothing else for any lines.
 */
class ReadmeTourTest {
  private static final String END = "--end-of-output--";

  @TempDir Path directory;

  private record Step(String command, List<String> expected) {}

  @Test
  @Timeout(300)
  void tour_printsWhatTheReadmeSays() throws IOException {
    String readme = Files.readString(LocalCluster.CHECKOUT.resolve("README.md"));
    List<Step> steps = steps(readme);
    assertFalse(steps.size() < 10, "a tour of " + steps.size() + " steps");
    int port = freeRun();
    List<String> options =
        List.of("--port", Integer.toString(port), "--dir", directory.resolve("local").toString());
    try (LocalCluster local = new LocalCluster(options).awaitReady();
        Shell shell = new Shell()) {
      for (Step step : steps) {
        String command = replaceNames(step.command, port);
        List<String> printed = shell.run(command);
        if (!matches(step.expected, printed)) {
          fail(
              "$ "
                  + command
                  + "\nexpected "
                  + step.expected
                  + "\nprinted  "
                  + printed
                  + "\n"
                  + local.output());
        }
      }
      shell.run("kill %% 2> /dev/null; wait");
    }
  }

  private String replaceNames(String command, int port) {
    String replaced = command;
    for (int i = 1; i <= 3; i++) {
      replaced = replaced.replace("700" + i, Integer.toString(port + i - 1));
    }
    return replaced.replace(".cartwheel/local", directory.resolve("local").toString());
  }

  private static int freeRun() {
    while (true) {
      int port = TestCluster.freePorts(1).get(0);
      if (TestCluster.isFree(port + 1)
          && TestCluster.isFree(port + 2)
          && TestCluster.isFree(port + 10_001)
          && TestCluster.isFree(port + 10_002)) {
        return port;
      }
    }
  }

  private static List<Step> steps(String readme) {
    List<Step> steps = new ArrayList<>();
    Pattern block =
        Pattern.compile("<!-- tour: replay -->\\s*```console\\n(.*?)```", Pattern.DOTALL);
    block
        .matcher(readme)
        .results()
        .forEach(
            found -> {
              for (String line : found.group(1).lines().toList()) {
                if (line.startsWith("$ ")) {
                  steps.add(new Step(line.substring(2), new ArrayList<>()));
                } else {
                  steps.get(steps.size() - 1).expected.add(line);
                }
              }
            });
    return steps;
  }

  private static boolean matches(List<String> expected, List<String> printed) {
    if (expected.isEmpty() || printed.isEmpty()) {
      return printed.isEmpty() && expected.stream().allMatch("..."::equals);
    }
    String first = expected.get(0);
    List<String> rest = expected.subList(1, expected.size());
    if (first.equals("...")) {
      for (int skip = 0; skip <= printed.size(); skip++) {
        if (matches(rest, printed.subList(skip, printed.size()))) {
          return true;
        }
      }
      return false;
    }
    StringBuilder pattern = new StringBuilder();
    for (String part : first.split(Pattern.quote("..."), -1)) {
      pattern.append(pattern.length() == 0 ? "" : ".*").append(Pattern.quote(part));
    }
    return printed.get(0).matches(pattern.toString())
        && matches(rest, printed.subList(1, printed.size()));
  }

  /**
   * One bash in which variables and jobs live on; redis-cli prints as on a terminal unless its
   * output is piped.
   */
  private static final class Shell implements AutoCloseable {
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    Shell() throws IOException {
      process =
          new ProcessBuilder("bash")
              .directory(LocalCluster.CHECKOUT.toFile())
              .redirectErrorStream(true)
              .start();
      in = process.outputWriter(StandardCharsets.UTF_8);
      out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    List<String> run(String command) throws IOException {
      boolean piped = command.contains("|");
      in.write(
          (piped ? "unset FAKETTY" : "export FAKETTY=1") + "\n" + command + "\necho " + END + "\n");
      in.flush();
      List<String> lines = new ArrayList<>();
      for (String line = out.readLine(); !END.equals(line); line = out.readLine()) {
        if (line == null) {
          throw new IOException("bash has ended after " + lines);
        }
        lines.add(line);
      }
      return lines;
    }

    @Override
    public void close() throws IOException {
      in.close();
      process.destroy();
    }
  }
}
