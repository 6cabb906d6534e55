package io.cartwheel.resp.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/** A client that sends and expects bytes; one char is one byte. */
final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  final Socket socket = new Socket();
  private final InputStream in;

  RawClient(InetSocketAddress address) throws IOException {
    this(address, InetAddress.getLoopbackAddress(), 64 * 1024);
  }

  RawClient(InetSocketAddress address, InetAddress from, int receiveBytes) throws IOException {
    socket.setReceiveBufferSize(receiveBytes);
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(address, TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return this;
  }

  /** Sends words as an array of bulks. */
  RawClient call(String... words) throws IOException {
    return send(array(words));
  }

  static String array(String... words) {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }

  /** The very next bytes are these. */
  RawClient expect(String text) throws IOException {
    byte[] got = in.readNBytes(text.length());
    assertEquals(text, new String(got, ISO_8859_1));
    return this;
  }

  /** One line without its end. */
  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      line.write(b);
      String text = line.toString(ISO_8859_1);
      if (text.endsWith("\r\n")) {
        return text.substring(0, text.length() - 2);
      }
    }
    throw new IOException("closed after: " + line.toString(ISO_8859_1));
  }

  /** One bulk string or verbatim text. */
  String bulk() throws IOException {
    int length = Integer.parseInt(line().substring(1));
    return new String(in.readNBytes(length + 2), ISO_8859_1).substring(0, length);
  }

  /** Nothing more comes, and the connection is closed. */
  void expectClosed() throws IOException {
    try {
      assertEquals(-1, in.read());
    } catch (SocketException e) {
      // Reset: closed with our bytes unread.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
