package io.cartwheel.cluster.transport;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What all nodes of a cluster must agree on before they talk.
 *
 * @param clusterName whose nodes these are
 * @param partitions into which the ring is cut
 * @param settings cluster-wide settings, compared by name; sorted here
 * @param secret what members prove to know, or null where the cluster has none
 */
public record ClusterFacts(
    String clusterName, int partitions, List<Setting> settings, String secret) {

  /** Settings of all keyspaces in one handshake frame. */
  static final int MAX_SETTINGS_BYTES = 8 * 1024;

  /** A setting that must be the same everywhere, its value in canonical form. */
  public record Setting(String name, String value) {}

  public ClusterFacts {
    settings =
        settings.stream()
            .sorted(Comparator.comparing(Setting::name))
            .collect(Collectors.toUnmodifiableList());
    long bytes = 0;
    for (Setting setting : settings) {
      bytes += utf8(setting.name()) + utf8(setting.value()) + 8;
    }
    if (bytes > MAX_SETTINGS_BYTES) {
      throw new IllegalArgumentException(
          "cluster-wide settings of "
              + bytes
              + " bytes: at most "
              + MAX_SETTINGS_BYTES
              + ", use fewer keyspaces");
    }
    if (secret != null && secret.isEmpty()) {
      throw new IllegalArgumentException("an empty cluster.secret: leave it out, or set one");
    }
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public String toString() {
    return "ClusterFacts[" + clusterName + ", " + partitions + ", " + settings + "]";
  }
}
