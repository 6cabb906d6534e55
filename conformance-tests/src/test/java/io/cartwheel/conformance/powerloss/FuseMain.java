package io.cartwheel.conformance.powerloss;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The process of one file system. Standard input is {@code /dev/fuse}, already mounted; commands
 * come, a line each, from descriptor 3: {@code cut SEED WAIT}, {@code restore}. Each is answered by
 * one line. Ends with the file system, which is unmounted when the commands end, so that a test
 * that is killed leaves none behind.
 *
 * <p>Arguments: the mount point, and how long in ms a sync takes.
 */
public final class FuseMain {
  private FuseMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    FileSystem files = new FileSystem(Long.parseLong(arguments[1]));
    Thread commands = new Thread(() -> obey(files, arguments[0]), "commands");
    commands.setDaemon(true);
    commands.start();
    try (FileInputStream requests = new FileInputStream(FileDescriptor.in);
        FileOutputStream answers = new FileOutputStream(FileDescriptor.in)) {
      new FuseServer(files, requests.getChannel(), answers.getChannel()).serve();
    } catch (IOException e) {
      // ENODEV: it has been unmounted.
      if (!String.valueOf(e.getMessage()).contains("No such device")) {
        throw e;
      }
    }
  }

  private static void obey(FileSystem files, String mountPoint) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new FileInputStream("/dev/fd/3"), StandardCharsets.US_ASCII))) {
      System.out.println("serving");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", 3);
        if (words[0].equals("cut")) {
          System.out.println(files.cut(Long.parseLong(words[1]), Long.parseLong(words[2])));
        } else {
          files.restore();
          System.out.println("restored");
        }
      }
      new ProcessBuilder("umount", "-l", mountPoint).inheritIO().start().waitFor();
    } catch (IOException e) {
      System.out.println("no commands: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
