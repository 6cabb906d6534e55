package io.cartwheel.cluster;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.ClassesShould;
import com.tngtech.archunit.library.Architectures;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Calendar;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.UUID;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The house: who may import whom, and what the core may not know of the machine it runs on. Outside
 * {@code transport} the same inputs give the same run, on every machine and every time.
 */
class FloorsTest {
  private static final String CLUSTER = "io.cartwheel.cluster..";
  private static final String TRANSPORT = "io.cartwheel.cluster.transport..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.cartwheel.cluster");

  @Test
  void theClassesAreThere() {
    assertTrue(CLASSES.contain("io.cartwheel.cluster.version.Row"));
    assertTrue(CLASSES.stream().noneMatch(c -> c.getName().endsWith("Test")));
  }

  @Test
  void arrowsGoDown() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .withOptionalLayers(true)
        .layer("version")
        .definedBy("io.cartwheel.cluster.version..")
        .layer("ring")
        .definedBy("io.cartwheel.cluster.ring..")
        .layer("environment")
        .definedBy("io.cartwheel.cluster.environment..")
        .layer("message")
        .definedBy("io.cartwheel.cluster.message..")
        .layer("transport")
        .definedBy(TRANSPORT)
        .layer("coordinate")
        .definedBy("io.cartwheel.cluster.coordinate..")
        .layer("replica")
        .definedBy("io.cartwheel.cluster.replica..")
        .layer("membership")
        .definedBy("io.cartwheel.cluster.membership..")
        .layer("handoff")
        .definedBy("io.cartwheel.cluster.handoff..")
        .layer("antientropy")
        .definedBy("io.cartwheel.cluster.antientropy..")
        .layer("reap")
        .definedBy("io.cartwheel.cluster.reap..")
        .layer("node")
        .definedBy("io.cartwheel.cluster.node..")
        .whereLayer("node")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("handoff")
        .mayOnlyBeAccessedByLayers("node")
        .whereLayer("antientropy")
        .mayOnlyBeAccessedByLayers("node")
        .whereLayer("reap")
        .mayOnlyBeAccessedByLayers("node")
        .whereLayer("coordinate")
        .mayOnlyBeAccessedByLayers("handoff", "antientropy", "reap", "node")
        .whereLayer("replica")
        .mayOnlyBeAccessedByLayers("handoff", "antientropy", "reap", "node")
        .whereLayer("membership")
        .mayOnlyBeAccessedByLayers("handoff", "antientropy", "reap", "node")
        .whereLayer("message")
        .mayOnlyBeAccessedByLayers(
            "transport",
            "coordinate",
            "replica",
            "membership",
            "handoff",
            "antientropy",
            "reap",
            "node")
        .whereLayer("transport")
        .mayOnlyBeAccessedByLayers(
            "coordinate", "replica", "membership", "handoff", "antientropy", "reap", "node")
        .check(CLASSES);
    only("version", "environment").check(CLASSES);
    only("ring", "environment").check(CLASSES);
    only("environment").check(CLASSES);
  }

  @Test
  void nothingAboveTheClusterIsKnown() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "io.cartwheel.resp..", "io.cartwheel.server..", "io.cartwheel.conformance.."))
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("io.cartwheel.cluster.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nettyIsKnownInTransportOnly() {
    noClasses()
        .that(resideOutsideOfPackage(TRANSPORT))
        .should()
        .dependOnClassesThat(resideInAPackage("io.netty.."))
        .check(CLASSES);
  }

  @Test
  void storageIsKnownWhereRowsAreStored() {
    noClasses()
        .that(
            resideOutsideOfPackage("io.cartwheel.cluster.replica..")
                .and(resideOutsideOfPackage("io.cartwheel.cluster.node..")))
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.cartwheel.storage..").and(not(simpleName("Durability"))))
        .check(CLASSES);
    noClasses().should().dependOnClassesThat(resideInAPackage("org.rocksdb..")).check(CLASSES);
  }

  @Test
  void timeThreadsAndChanceComeInThroughPorts() {
    outsideTransport()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "identityHashCode", Object.class)
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .callConstructor(SplittableRandom.class)
        .orShould()
        .callConstructor(Random.class)
        .orShould()
        .dependOnClassesThat(
            resideInAPackage("java.util.concurrent..")
                .and(resideOutsideOfPackage("java.util.concurrent.atomic.."))
                .and(not(belongToAnyOf(Executor.class, TimeUnit.class))))
        .check(CLASSES);
    outsideTransport()
        .dependOnClassesThat(
            belongToAnyOf(
                Thread.class,
                SecureRandom.class,
                ThreadLocalRandom.class,
                Timer.class,
                Date.class,
                Calendar.class,
                java.time.Clock.class,
                Instant.class))
        .orShould()
        .dependOnClassesThat(
            resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels.."))
        .check(CLASSES);
  }

  /**
   * The iteration order of these varies between runs or versions. A hash map that is only looked up
   * is welcome; who builds one must not iterate any map, since byte code does not say which.
   */
  @Test
  void collectionsOfVaryingOrderAreNotIterated() {
    outsideTransport()
        .callMethodWhere(
            describe(
                "Set.of, Set.copyOf, Map.copyOf",
                call ->
                    (call.getTargetOwner().isEquivalentTo(Set.class)
                            || call.getTargetOwner().isEquivalentTo(Map.class))
                        && (call.getName().equals("copyOf")
                            || (call.getName().equals("of")
                                && call.getTarget().getRawParameterTypes().size() > 2)
                            || call.getName().equals("ofEntries"))))
        .orShould()
        .dependOnClassesThat(belongToAnyOf(WeakHashMap.class))
        .check(CLASSES);
    noneIterates(HashMap.class, Map.class, List.of("keySet", "values", "entrySet", "forEach"));
    noneIterates(
        IdentityHashMap.class, Map.class, List.of("keySet", "values", "entrySet", "forEach"));
    noneIterates(HashSet.class, Set.class, List.of("iterator", "stream", "forEach", "toArray"));
  }

  private static void noneIterates(Class<?> built, Class<?> face, List<String> iterating) {
    DescribedPredicate<JavaClass> builds =
        describe(
            "build a " + built.getSimpleName(),
            c ->
                c.getConstructorCallsFromSelf().stream()
                    .anyMatch(call -> call.getTargetOwner().isEquivalentTo(built)));
    noClasses()
        .that(builds.and(resideOutsideOfPackage(TRANSPORT)))
        .should()
        .callMethodWhere(
            describe(
                "iterating a " + face.getSimpleName(),
                call ->
                    call.getTargetOwner().isAssignableTo(face)
                        && iterating.contains(call.getName())))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void theRulesSeeWhatTheyForbid() {
    // A rule over packages that do not exist would hold for ever: transport has what others lack.
    ArchRule forbidden =
        noClasses()
            .that(resideInAPackage(TRANSPORT))
            .should()
            .dependOnClassesThat(resideInAPackage("io.netty.."));
    assertThrows(AssertionError.class, () -> forbidden.check(CLASSES));
  }

  private static ArchRule only(String floor, String... below) {
    String[] allowed = new String[below.length + 2];
    allowed[0] = "io.cartwheel.cluster." + floor + "..";
    for (int i = 0; i < below.length; i++) {
      allowed[i + 1] = "io.cartwheel.cluster." + below[i] + "..";
    }
    allowed[allowed.length - 1] = "io.cartwheel.cluster." + floor;
    return classes()
        .that(resideInAPackage(allowed[0]))
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackage("io.cartwheel..").or(resideInAnyPackage(allowed)));
  }

  /** All that the simulator runs; {@code NettyNode} joins it to the threads of a real process. */
  private static ClassesShould outsideTransport() {
    return noClasses()
        .that(
            resideInAPackage(CLUSTER)
                .and(resideOutsideOfPackage(TRANSPORT))
                .and(not(nameMatching(".*\\.NettyNode(\\$.*)?"))))
        .should();
  }
}
