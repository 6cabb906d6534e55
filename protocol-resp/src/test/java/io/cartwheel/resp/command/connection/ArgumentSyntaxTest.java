package io.cartwheel.resp.command.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.catalogue.Commands;
import io.cartwheel.resp.command.connection.ArgumentSyntax.Argument;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArgumentSyntaxTest {
  /** A tree on one line: token=name:type, ? for optional, + for multiple, parts in braces. */
  private static String tree(List<Argument> arguments) {
    return arguments.stream().map(ArgumentSyntaxTest::show).collect(Collectors.joining(" "));
  }

  private static String show(Argument argument) {
    return (argument.token() == null ? "" : argument.token() + "=")
        + argument.name()
        + ":"
        + argument.type()
        + (argument.optional() ? "?" : "")
        + (argument.multiple() ? "+" : "")
        + (argument.parts().isEmpty() ? "" : "{" + tree(argument.parts()) + "}");
  }

  private static void assertTree(String expected, String notation) {
    assertEquals(expected, tree(ArgumentSyntax.parse(notation)));
  }

  @Test
  void parse_readsRedissNotation() {
    assertTree("", "");
    assertTree("key:key value:string", "key value");
    assertTree("key:key+", "key [key ...]");
    assertTree("key_value:block+{key:key value:string}", "key value [key value ...]");
    assertTree("nx_xx:oneof?{NX=nx:pure-token XX=xx:pure-token}", "[NX | XX]");
    assertTree(
        "seconds_keepttl:oneof?{EX=seconds:integer KEEPTTL=keepttl:pure-token}",
        "[EX seconds | KEEPTTL]");
    assertTree("MATCH=pattern:pattern? COUNT=count:integer?", "[MATCH pattern] [COUNT count]");
    assertTree("on_off:oneof{ON=on:pure-token OFF=off:pure-token}", "ON | OFF");
    assertTree("a_b:oneof{a:string B=b:string} c:string", "<a | B b> c");
    assertTree(
        "protover_username_password:block?{protover:integer"
            + " username_password:block?{AUTH=username:string password:string}}",
        "[protover [AUTH username password]]");
    assertTree("name:string?+", "[name [name ...]]");
  }

  @Test
  void parse_givesEveryKeyOfTheTableItsType() {
    for (CommandSpec spec : Commands.table().all()) {
      String tree = tree(ArgumentSyntax.parse(spec.docs().arguments()));
      assertTrue(spec.firstKey() == 0 || tree.contains(":key"), spec.name() + " " + tree);
    }
  }
}
