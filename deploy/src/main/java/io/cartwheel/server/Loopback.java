package io.cartwheel.server;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What an address to bind lets in. */
final class Loopback {
  private Loopback() {}

  /**
   * Whether only this machine can connect to it; a name that does not resolve counts as reachable
   * by others.
   */
  static boolean isLoopback(String host) {
    InetAddress address = resolve(host);
    return address != null && address.isLoopbackAddress();
  }

  /** Whether it stands for every interface. */
  static boolean isWildcard(String host) {
    InetAddress address = resolve(host);
    return address != null && address.isAnyLocalAddress();
  }

  private static InetAddress resolve(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
