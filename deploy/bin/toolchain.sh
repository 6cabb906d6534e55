# Sourced by the commands beside it: finds or installs what they need, and builds what is missing.
# Exit codes: 2 wrong usage or settings, 3 the environment lacks something, 1 anything else.

home="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
lib="$home/deploy/target/lib"
tools="$home/.cartwheel/tools"

maven_version=3.9.16
maven_sha512=ed41650d42485cfc243fad22158caf9cbb5dc408ce7a09ddb94dd42a019de929ca43065bfa450612cf12bf78b5cafa3884b96c090de326ff590448c933454af3

die() { # code, message
  echo "cartwheel: $2" >&2
  exit "$1"
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# apt_install "what for" package...: as root on Debian or Ubuntu installs, elsewhere prints the command and exits 3.
apt_install() {
  local what="$1" log
  shift
  can_apt || die 3 "$what missing; install it: sudo apt-get update && sudo apt-get install -y $*"
  echo "cartwheel: installing $*" >&2
  log="$(mktemp)"
  # RUNLEVEL=1 keeps the packages' services from being started.
  if ! { apt-get update -q &&
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die 3 "apt-get could not install: $*"
  fi
  rm -f "$log"
}

java_major() { # path of a java
  "$1" -version 2>&1 | sed -n '1,3s/.*version "\([0-9]*\).*/\1/p' | head -n 1
}

# Sets java: that of JAVA_HOME, else of the PATH; 17 or later.
find_java() {
  java=""
  if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then
    java="$JAVA_HOME/bin/java"
  elif command -v java >/dev/null 2>&1; then
    java="$(command -v java)"
  fi
  [ -n "$java" ] || return 1
  local major
  major="$(java_major "$java")"
  [ "${major:-0}" -ge 17 ] || return 1
}

need_java() {
  find_java && return
  if [ -n "${JAVA_HOME:-}" ]; then
    die 3 "JAVA_HOME is '$JAVA_HOME', which holds no Java 17 or later; set it to one that does, or unset it"
  fi
  apt_install "Java 17 or later is" openjdk-17-jdk-headless maven
  hash -r
  find_java || die 3 "no Java 17 or later on the PATH; put one there, or set JAVA_HOME"
}

need_jdk() {
  need_java
  local bin
  bin="$(dirname "$(readlink -f "$java")")"
  if [ ! -x "$bin/javac" ]; then
    [ -z "${JAVA_HOME:-}" ] || die 3 "JAVA_HOME is '$JAVA_HOME', which holds no javac; a JDK is needed to build"
    apt_install "a JDK (javac) is" openjdk-17-jdk-headless maven
    find_java
    bin="$(dirname "$(readlink -f "$java")")"
  fi
  export JAVA_HOME="${bin%/bin}"
}

# Sets mvn: the system's, else a pinned one fetched from Maven Central with its checksum verified.
need_maven() {
  need_jdk
  if command -v mvn >/dev/null 2>&1; then
    mvn="$(command -v mvn)"
    return
  fi
  mvn="$tools/apache-maven-$maven_version/bin/mvn"
  [ -x "$mvn" ] && return
  echo "cartwheel: fetching Maven $maven_version" >&2
  "$JAVA_HOME/bin/java" "$home/deploy/bin/FetchMaven.java" "$maven_version" "$maven_sha512" "$tools" ||
    die 3 "Maven is missing and could not be fetched; install it: sudo apt-get install -y maven"
}

# Builds the server where it is missing or older than its sources. No checks here that depend on the JDK's version.
build_server() {
  local stamp="$lib/.built"
  if [ -f "$stamp" ]; then
    [ -d "$home/deploy/src" ] || return 0
    local newer
    newer="$(find "$home/pom.xml" "$home"/{storage,cluster,protocol-resp,deploy}/pom.xml \
      "$home"/{storage,cluster,protocol-resp,deploy}/src/main -newer "$stamp" -print 2>/dev/null | head -n 1)"
    [ -n "$newer" ] || return 0
  fi
  need_maven
  echo "cartwheel: building (the first time takes a few minutes)" >&2
  local log="$home/.cartwheel/build.log"
  mkdir -p "$home/.cartwheel"
  if ! (cd "$home" && "$mvn" -B -ntp -q -Dmaven.test.skip=true -pl deploy -am package) >"$log" 2>&1; then
    grep -m 20 '^\[ERROR\]' "$log" >&2 || tail -n 20 "$log" >&2
    die 1 "the build failed; the whole log is $log"
  fi
}

# Compiles the simulator, which stands among cluster's tests, where it is missing or older than its sources. Sets
# simulator_class_path.
build_simulator() {
  local stamp="$home/.cartwheel/simulator.class-path" newer=""
  if [ -f "$stamp" ] && [ -d "$home/cluster/target/test-classes/io/cartwheel/cluster/simulate" ]; then
    newer="$(find "$home/pom.xml" "$home"/{storage,cluster}/pom.xml "$home"/{storage,cluster}/src/main \
      "$home/cluster/src/test" -newer "$stamp" -print 2>/dev/null | head -n 1)"
  else
    newer=all
  fi
  if [ -n "$newer" ]; then
    need_maven
    echo "cartwheel: building the simulator (the first time takes a few minutes)" >&2
    local log="$home/.cartwheel/build.log"
    mkdir -p "$home/.cartwheel"
    rm -f "$stamp"
    if ! (cd "$home" && "$mvn" -B -ntp -q -pl cluster -am test-compile dependency:build-classpath \
      -Dmdep.includeScope=test -Dmdep.outputFile="$stamp.new") >"$log" 2>&1; then
      grep -m 20 '^\[ERROR\]' "$log" >&2 || tail -n 20 "$log" >&2
      die 1 "the build failed; the whole log is $log"
    fi
    mv "$stamp.new" "$stamp"
  fi
  simulator_class_path="$home/cluster/target/test-classes:$home/cluster/target/classes:$home/storage/target/classes"
  simulator_class_path+=":$(cat "$stamp")"
}

# Compiles the measuring program, which stands among the conformance tests, where it is missing or older than its
# sources.
build_bench() {
  local stamp="$home/.cartwheel/bench.built" sources="$home/conformance-tests/src/test"
  if [ ! -f "$stamp" ] || [ ! -d "$home/conformance-tests/target/test-classes/io/cartwheel/conformance/bench" ] ||
    [ -n "$(find "$sources" -newer "$stamp" -print 2>/dev/null | head -n 1)" ]; then
    need_maven
    echo "cartwheel: building the measuring program" >&2
    local log="$home/.cartwheel/build.log"
    mkdir -p "$home/.cartwheel"
    if ! (cd "$home" && "$mvn" -B -ntp -q -pl conformance-tests -am test-compile) >"$log" 2>&1; then
      grep -m 20 '^\[ERROR\]' "$log" >&2 || tail -n 20 "$log" >&2
      die 1 "the build failed; the whole log is $log"
    fi
    touch "$stamp"
  fi
}

# Sets java_flags for the java found.
set_java_flags() {
  java_flags=(-XX:+ExitOnOutOfMemoryError -Dfile.encoding=UTF-8)
  if [ "$(java_major "$java")" -ge 24 ]; then
    java_flags+=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.noUnsafe=false)
  fi
}
