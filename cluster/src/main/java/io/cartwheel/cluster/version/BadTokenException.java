package io.cartwheel.cluster.version;

/** A client's text is not a token that {@link Token} made for this key. */
public final class BadTokenException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is wrong with it. */
  public enum Reason {
    /** The text does not have the form of a token. */
    NOT_A_TOKEN("this is not a token"),
    /** A token of this form is of a later version than this node knows. */
    UNKNOWN_VERSION("the token is of a version that this node does not know"),
    /** The text was a token once: a part is missing or changed. */
    DAMAGED("the token is damaged"),
    /** A good token, from a GET of another key. */
    OTHER_KEY("the token is of another key");

    private final String text;

    Reason(String text) {
      this.text = text;
    }
  }

  private final Reason reason;

  BadTokenException(Reason reason) {
    super(reason.text);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
