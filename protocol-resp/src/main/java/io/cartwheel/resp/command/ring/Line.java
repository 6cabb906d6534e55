package io.cartwheel.resp.command.ring;

/** One line of {@code name=value} pairs with a space between each two. */
final class Line {
  private final StringBuilder text;
  private boolean first = true;

  /**
   * @param text where the line is appended
   */
  Line(StringBuilder text) {
    this.text = text;
  }

  Line pair(String name, Object value) {
    text.append(first ? "" : " ").append(name).append('=').append(value);
    first = false;
    return this;
  }

  void end() {
    text.append('\n');
  }
}
