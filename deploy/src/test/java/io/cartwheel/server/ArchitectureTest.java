package io.cartwheel.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The house as a whole, seen from its top floor: arrows between modules go down only. */
class ArchitectureTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.cartwheel");

  @Test
  void nobodyBelowKnowsTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.cartwheel.server..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.cartwheel.server..")
        .check(HOUSE);
  }

  @Test
  void settingsAndLoggingBackEndsAreTheProcessesBusiness() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.cartwheel.server..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.typesafe..", "ch.qos..", "org.HdrHistogram..")
        .check(HOUSE);
  }

  @Test
  void storageAndClusterKnowNothingOfRedis() {
    noClasses()
        .that()
        .resideInAnyPackage("io.cartwheel.storage..", "io.cartwheel.cluster..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.cartwheel.resp..")
        .check(HOUSE);
  }

  @Test
  void rocksDbStaysInItsEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.cartwheel.storage.rocksdb..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.rocksdb..")
        .check(HOUSE);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.cartwheel.(**)").should().beFreeOfCycles().check(HOUSE);
  }
}
