package nexmark;

import java.util.HashMap;
import java.util.Map;

/** What one run is asked for, as {@code name=value} arguments. */
final class Options {
  private final Map<String, String> given = new HashMap<>();

  Options(String[] arguments) {
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 0) throw new IllegalArgumentException("not name=value: " + argument);
      given.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
  }

  String text(String name, String otherwise) {
    return given.getOrDefault(name, otherwise);
  }

  int number(String name, int otherwise) {
    return given.containsKey(name) ? Integer.parseInt(given.get(name)) : otherwise;
  }

  boolean flag(String name) {
    return Boolean.parseBoolean(given.get(name));
  }
}
