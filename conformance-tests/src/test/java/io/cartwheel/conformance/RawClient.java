package io.cartwheel.conformance;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A connection on which a test sees every byte. Replies come back as their wire form, in
 * ISO-8859-1.
 */
final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;

  private RawClient(String wire) {
    in = new ByteArrayInputStream(wire.getBytes(StandardCharsets.ISO_8859_1));
    out = OutputStream.nullOutputStream();
  }

  RawClient(int port) throws IOException {
    this(port, TIMEOUT_MILLIS);
  }

  /** Waits at most so long for bytes. */
  RawClient(int port, int timeoutMillis) throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
    socket.setSoTimeout(timeoutMillis);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Sends a command as an array of bulks and reads its reply. */
  String call(String... words) throws IOException {
    send(words);
    return read();
  }

  /** As {@link #call}, in the form of {@link #shown}. */
  String ask(String... words) throws IOException {
    return shown(call(words));
  }

  /** A wire form in one line: {@code *2 $1 a :1}. */
  static String shown(String wire) {
    return wire.strip().replace("\r\n", " ");
  }

  /** The content of a bulk, status or integer; null for a null. */
  static String text(String wire) {
    return switch (wire.charAt(0)) {
      case '$', '=' ->
          wire.startsWith("$-1") ? null : wire.substring(wire.indexOf('\n') + 1, wire.length() - 2);
      case '_' -> null;
      default -> wire.substring(1, wire.length() - 2);
    };
  }

  /** The elements of an aggregate, as wire forms. */
  static List<String> elements(String wire) {
    try (RawClient parser = new RawClient(wire)) {
      String head = parser.readLine();
      int count = Integer.parseInt(head.substring(1)) * (head.charAt(0) == '%' ? 2 : 1);
      List<String> elements = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        elements.add(parser.read());
      }
      return elements;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void send(String... words) throws IOException {
    out.write(encode(words));
  }

  void send(byte[]... words) throws IOException {
    out.write(encode(words));
  }

  void sendRaw(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  static byte[] encode(String... words) {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i].getBytes(StandardCharsets.ISO_8859_1);
    }
    return encode(bytes);
  }

  static byte[] encode(byte[]... words) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (byte[] word : words) {
      frame.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      frame.writeBytes(word);
      frame.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    return frame.toByteArray();
  }

  /** One whole reply as it stands on the wire. */
  String read() throws IOException {
    StringBuilder reply = new StringBuilder();
    readInto(reply);
    return reply.toString();
  }

  /** Whether the server closes the connection, after whatever it still sends. */
  boolean isClosedByServer() throws IOException {
    try {
      in.transferTo(OutputStream.nullOutputStream());
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (java.net.SocketException e) {
      return true;
    }
  }

  private void readInto(StringBuilder reply) throws IOException {
    String line = readLine();
    reply.append(line).append("\r\n");
    char type = line.charAt(0);
    if (type == '$' || type == '=' || type == '!') {
      int length = Integer.parseInt(line.substring(1));
      if (length >= 0) {
        byte[] bulk = in.readNBytes(length + 2);
        if (bulk.length < length + 2) {
          throw new EOFException("in a bulk of " + length);
        }
        reply.append(new String(bulk, StandardCharsets.ISO_8859_1));
      }
    } else if (type == '*' || type == '~' || type == '>' || type == '%') {
      int count = Integer.parseInt(line.substring(1)) * (type == '%' ? 2 : 1);
      for (int i = 0; i < count; i++) {
        readInto(reply);
      }
    }
  }

  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("after '" + line + "'");
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
