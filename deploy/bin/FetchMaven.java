import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Fetches a Maven of a given version from Maven Central, verifies its SHA-512, and unpacks it: for machines that have a
 * JDK and nothing else. Usage: {@code java FetchMaven.java VERSION SHA512 DIRECTORY}.
 */
final class FetchMaven {
  private static final String ADDRESS =
      "https://repo.maven.apache.org/maven2/org/apache/maven/apache-maven/%1$s/apache-maven-%1$s-bin.zip";

  private FetchMaven() {}

  public static void main(String[] args) throws Exception {
    String version = args[0];
    String expected = args[1];
    Path directory = Files.createDirectories(Path.of(args[2]));
    Path archive = directory.resolve("apache-maven-" + version + ".zip.part");
    try {
      try (InputStream in = URI.create(String.format(ADDRESS, version)).toURL().openStream()) {
        Files.copy(in, archive, StandardCopyOption.REPLACE_EXISTING);
      }
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(archive));
      String actual = HexFormat.of().formatHex(digest);
      if (!actual.equals(expected)) {
        System.err.println("cartwheel: Maven's checksum is " + actual + ", expected " + expected);
        System.exit(3);
      }
      unpack(archive, directory);
    } catch (IOException e) {
      System.err.println("cartwheel: cannot fetch Maven " + version + ": " + e);
      System.exit(3);
    } finally {
      Files.deleteIfExists(archive);
    }
    directory.resolve("apache-maven-" + version + "/bin/mvn").toFile().setExecutable(true);
  }

  private static void unpack(Path archive, Path directory) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(archive))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = directory.resolve(entry.getName()).normalize();
        if (!target.startsWith(directory)) {
          throw new IOException("entry outside the archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(zip, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }
}
