package io.cartwheel.server;

/** Reads the values of command-line options. */
final class Options {
  private Options() {}

  static int port(String option, String text) {
    return number(option, text, 1, 65535);
  }

  static int number(String option, String text, int min, int max) {
    if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < min || Integer.parseInt(text) > max) {
      throw UserError.usage(
          "option "
              + option
              + " is '"
              + text
              + "'; allowed: a whole number from "
              + min
              + " to "
              + max);
    }
    return Integer.parseInt(text);
  }
}
