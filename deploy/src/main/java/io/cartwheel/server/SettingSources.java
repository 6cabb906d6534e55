package io.cartwheel.server;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where settings come from, the later over the earlier: the file, the environment, {@code
 * -Dkey=value} after the subcommand. Gives texts by path; what they mean is {@link Settings}'
 * business.
 */
final class SettingSources {
  private static final String PREFIX = "cartwheel";

  /** The launcher's own variables. */
  private static final List<String> OTHER_VARIABLES = List.of("CARTWHEEL_JAVA_OPTS");

  /** Path below {@code cartwheel.}, quoted as in HOCON, to text. */
  private final Map<String, String> texts = new TreeMap<>();

  /** Texts by path below {@code cartwheel.}, quoted as in HOCON; in order of paths. */
  Map<String, String> texts() {
    return texts;
  }

  /**
   * Takes a HOCON file.
   *
   * @throws UserError where it cannot be read, or holds anything outside {@code cartwheel}
   */
  void addFile(Path file) {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw UserError.usage(
          "settings file '" + file + "' cannot be read; give a readable file with --config");
    }
    Config config;
    try {
      config = ConfigFactory.parseFile(file.toFile()).resolve();
    } catch (ConfigException e) {
      throw UserError.usage(
          "settings file '" + file + "': " + e.getMessage().replaceAll("\\s+", " "));
    }
    for (String top : config.root().keySet()) {
      if (!top.equals(PREFIX)) {
        throw UserError.usage(
            "settings file '"
                + file
                + "' has '"
                + top
                + "' at its top; allowed: "
                + PREFIX
                + " { ... }");
      }
    }
    ConfigValue all = config.root().get(PREFIX);
    if (all instanceof ConfigObject object) {
      addObject(List.of(), object);
    } else if (all != null) {
      throw UserError.usage(
          "settings file '" + file + "': " + PREFIX + " must be an object, " + PREFIX + " { ... }");
    }
  }

  /** Takes the variables that begin with {@code CARTWHEEL_}. */
  void addEnvironment(Map<String, String> environment) {
    Map<String, String> paths = new TreeMap<>();
    for (Setting setting : SettingTable.ALL) {
      paths.put(setting.variable(), setting.name());
    }
    for (Setting setting : SettingTable.KEYSPACE) {
      paths.put(
          "CARTWHEEL_KEYSPACES_DEFAULT_" + setting.variable().substring("CARTWHEEL_".length()),
          "keyspaces.default." + setting.name());
    }
    for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
      if (variable.getKey().startsWith("CARTWHEEL_")
          && !OTHER_VARIABLES.contains(variable.getKey())) {
        String path = paths.get(variable.getKey());
        if (path == null) {
          throw UserError.usage(
              "environment variable "
                  + variable.getKey()
                  + " is no setting; allowed: CARTWHEEL_ and a setting's name"
                  + " in upper case with _ for dots and dashes, as CARTWHEEL_RESP_PORT");
        }
        texts.put(path, variable.getValue());
      }
    }
  }

  /**
   * Takes {@code key=value}, the key with or without {@code cartwheel.}.
   *
   * @throws UserError where it has no such form
   */
  void addOverride(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw UserError.usage(
          "option '-D" + assignment + "'; allowed: -Dkey=value, as -Dcartwheel.resp.port=7001");
    }
    List<String> path;
    try {
      path = new ArrayList<>(ConfigUtil.splitPath(assignment.substring(0, equals)));
    } catch (ConfigException e) {
      throw UserError.usage(
          "option '-D" + assignment + "': the key is not a path; allowed: words joined by dots");
    }
    if (path.get(0).equals(PREFIX) && path.size() > 1) {
      path.remove(0);
    }
    texts.put(ConfigUtil.joinPath(path), assignment.substring(equals + 1));
  }

  private void addObject(List<String> above, ConfigObject object) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      List<String> path = new ArrayList<>(above);
      path.add(entry.getKey());
      ConfigValue value = entry.getValue();
      if (value instanceof ConfigObject inner) {
        addObject(path, inner);
      } else if (value.valueType() == ConfigValueType.LIST) {
        List<String> items = new ArrayList<>();
        for (Object item : (List<?>) value.unwrapped()) {
          items.add(String.valueOf(item));
        }
        texts.put(ConfigUtil.joinPath(path), String.join(",", items));
      } else {
        texts.put(ConfigUtil.joinPath(path), yesNo(String.valueOf(value.unwrapped())));
      }
    }
  }

  /** HOCON reads an unquoted true or false as a boolean; Redis's words are yes and no. */
  private static String yesNo(String text) {
    return text.equals("true") ? "yes" : text.equals("false") ? "no" : text;
  }
}
