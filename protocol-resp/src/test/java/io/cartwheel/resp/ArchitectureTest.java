package io.cartwheel.resp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The floors that this module may not leave. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.cartwheel.resp");

  @Test
  void serverStandsOnCommandStandsOnProtocol() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("server")
        .definedBy("io.cartwheel.resp.server..")
        .layer("command")
        .definedBy("io.cartwheel.resp.command..")
        .layer("protocol")
        .definedBy("io.cartwheel.resp.protocol..")
        .whereLayer("server")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("command")
        .mayOnlyBeAccessedByLayers("server")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.cartwheel.(resp..)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void commandsKnowNoSockets() {
    noClasses()
        .that()
        .resideInAPackage("io.cartwheel.resp.command..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty..", "io.cartwheel.cluster.transport..")
        .check(CLASSES);
  }

  @Test
  void theFaceKnowsOfTheClusterOnlyWhatItShows() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.cartwheel.storage..",
            "io.cartwheel.server..",
            "io.cartwheel.cluster.replica..",
            "io.cartwheel.cluster.membership..",
            "org.rocksdb..")
        .check(CLASSES);
  }

  @Test
  void protocolKnowsNothingElseOfCartwheel() {
    noClasses()
        .that()
        .resideInAPackage("io.cartwheel.resp.protocol..")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are of another package of Cartwheel",
                (JavaClass other) ->
                    other.getPackageName().startsWith("io.cartwheel.")
                        && !other.getPackageName().startsWith("io.cartwheel.resp.protocol")))
        .check(CLASSES);
  }
}
