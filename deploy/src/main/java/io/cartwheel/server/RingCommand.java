package io.cartwheel.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code cartwheel ring}: sends a RING command to a node and prints the answer. */
final class RingCommand {
  private static final String USAGE =
      "usage: cartwheel ring [--host 127.0.0.1] [--port 6379] WORD ...    e.g. nodes, partitions, where KEY, help\n"
          + "The password, if any, is read from the environment variable REDISCLI_AUTH.";
  private static final int TIMEOUT_MILLIS = 10_000;

  private RingCommand() {}

  static int run(List<String> args) {
    String host = "127.0.0.1";
    int port = 6379;
    int next = 0;
    while (next < args.size() && args.get(next).startsWith("-")) {
      String option = args.get(next);
      if (option.equals("--help") || option.equals("-h")) {
        System.out.println(USAGE);
        return 0;
      }
      if (next + 1 == args.size() || !(option.equals("--host") || option.equals("--port"))) {
        throw UserError.usage("option '" + option + "'; allowed: --host HOST, --port PORT, --help");
      }
      if (option.equals("--host")) {
        host = args.get(next + 1);
      } else {
        port = Options.port(option, args.get(next + 1));
      }
      next += 2;
    }
    List<String> words = new ArrayList<>(List.of("RING"));
    words.addAll(args.subList(next, args.size()));
    if (words.size() == 1) {
      throw UserError.usage("ring: no word given; allowed: nodes, partitions, where KEY, help");
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      String password = System.getenv("REDISCLI_AUTH");
      if (password != null) {
        socket.getOutputStream().write(encode(List.of("AUTH", password)));
        print(in, false);
      }
      socket.getOutputStream().write(encode(words));
      print(in, true);
      return 0;
    } catch (IOException e) {
      throw new UserError(
          UserError.OTHER,
          "no answer from "
              + new Address(host, port)
              + " ("
              + e.getMessage()
              + "); is a node running there? see --host and --port");
    }
  }

  private static byte[] encode(List<String> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.UTF_8));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8));
      out.writeBytes(bytes);
      out.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  /** Prints one RESP2 reply, or fails with the error that it is. */
  private static void print(InputStream in, boolean show) throws IOException {
    String line = readLine(in);
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '-':
        throw new UserError(UserError.OTHER, "the node answers: " + rest);
      case '*':
        for (int i = 0; i < Integer.parseInt(rest); i++) {
          print(in, show);
        }
        break;
      case '$':
        int length = Integer.parseInt(rest);
        String text = length < 0 ? "" : new String(in.readNBytes(length), StandardCharsets.UTF_8);
        if (length >= 0) {
          in.readNBytes(2);
        }
        show(text, show);
        break;
      default:
        show(rest, show);
    }
  }

  private static void show(String text, boolean show) {
    if (show) {
      System.out.println(text.stripTrailing());
    }
  }

  private static String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection was closed");
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
    if (text.isEmpty()) {
      throw new IOException("an empty line for an answer");
    }
    return text;
  }
}
