package io.cartwheel.server;

/**
 * A {@code host:port}.
 *
 * @param host name or number; an IPv6 address without its brackets
 */
record Address(String host, int port) {

  static boolean isValid(String text) {
    return parse(text) != null;
  }

  /** The address that a text means, or null. */
  static Address parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      return null;
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      return null;
    }
    int port = Integer.parseInt(text.substring(colon + 1));
    boolean plain = !host.isEmpty() && host.chars().allMatch(c -> c > ' ' && c < 127 && c != ',');
    return plain && port > 0 && port <= 65535 ? new Address(host, port) : null;
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
