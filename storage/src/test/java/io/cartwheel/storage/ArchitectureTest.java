package io.cartwheel.storage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
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
          .importPackages("io.cartwheel.storage");

  @Test
  void onlyTheRocksDbEngineKnowsRocksDb() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.cartwheel.storage.rocksdb..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.rocksdb..")
        .check(CLASSES);
  }

  @Test
  void storageKnowsNothingElseOfCartwheel() {
    noClasses()
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are of another module",
                (JavaClass other) ->
                    other.getPackageName().startsWith("io.cartwheel.")
                        && !other.getPackageName().startsWith("io.cartwheel.storage")))
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.cartwheel.(storage..)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theInterfaceKnowsNoEngine() {
    noClasses()
        .that()
        .resideInAPackage("io.cartwheel.storage")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.cartwheel.storage.rocksdb..", "io.cartwheel.storage.memory..")
        .check(CLASSES);
  }
}
